namespace Parley.Server.Federation.Dns;

/// <summary>Answers from a file alone: for tests, and for networks without a server that knows the domains.</summary>
/// <remarks><see cref="DnsAnswerFile"/> describes the file. It is read once.</remarks>
public sealed class FileDnsResolver(DnsAnswerFile file) : IDnsResolver
{
    /// <inheritdoc/>
    public ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        if (!DnsName.TryParse(name, out var ascii))
        {
            return new(DnsAnswer.Failed(DnsOutcome.NoSuchDomain, "It is no name."));
        }

        var chain = new DnsAliasChain(ascii, type);
        while (true)
        {
            if (file.FailureOf(chain.Name) is { } failure)
            {
                return new(DnsAnswer.Failed(failure, "The file says so."));
            }

            var message = new DnsMessage
            {
                Name = chain.Name,
                Type = type,
                Answers = file.RecordsOf(chain.Name),
                ResponseCode = file.Exists(chain.Name) ? DnsResponseCode.NoError : DnsResponseCode.NameError,
            };
            if (chain.Follow(message) is { } answer)
            {
                return new(answer);
            }
        }
    }
}
