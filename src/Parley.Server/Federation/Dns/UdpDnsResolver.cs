using System.Net;

namespace Parley.Server.Federation.Dns;

/// <summary>Asks servers that resolve for others (RFC 1035 §7), by UDP and, where an answer does not fit, by TCP.</summary>
/// <remarks>
/// Each server is asked in turn, as often as the options say, before there is no answer. Names are taken as absolute: search lists are not used. At most
/// <see cref="MaxAliases"/> aliases are followed. What the answers say is not signed: who can change them on their way can lead us elsewhere, where the
/// certificate then does not fit.
/// </remarks>
public sealed class UdpDnsResolver(IDnsServers servers, DnsExchange exchange, FederationOptions options) : IDnsResolver
{
    /// <summary>Aliases (CNAME) from the name asked for to the one that has the records; with more, the answer is a failure.</summary>
    public const int MaxAliases = 8;

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        if (!DnsName.TryParse(name, out var ascii))
        {
            return DnsAnswer.Failed(DnsOutcome.NoSuchDomain, "It is no name.");
        }

        var chain = new DnsAliasChain(ascii, type);
        while (true)
        {
            var (message, failure) = await AskAsync(chain.Name, type, cancellationToken);
            if (message is null)
            {
                return failure!;
            }

            if (chain.Follow(message) is { } answer)
            {
                return answer;
            }
        }
    }

    private async ValueTask<(DnsMessage? Message, DnsAnswer? Failure)> AskAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        var failure = DnsAnswer.Failed(DnsOutcome.TimedOut, "There is no server to ask.");
        for (var attempt = 0; attempt < options.ResolverAttempts; attempt++)
        {
            foreach (var server in servers.Current())
            {
                var (message, problem) = await AskAsync(server, name, type, cancellationToken);
                if (message is not null)
                {
                    return (message, null);
                }

                // That a server said no tells more than that another said nothing.
                if (problem!.Outcome == DnsOutcome.ServerFailure || failure.Outcome == DnsOutcome.TimedOut)
                {
                    failure = problem;
                }
            }
        }

        return (null, failure);
    }

    private async ValueTask<(DnsMessage? Message, DnsAnswer? Failure)> AskAsync(IPEndPoint server, string name, DnsType type, CancellationToken cancellationToken)
    {
        try
        {
            var message = await exchange.AskAsync(server, name, type, withOptions: true, cancellationToken);

            // Servers from before EDNS0 refuse what they do not know (RFC 6891 §7).
            if (message.ResponseCode is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented)
            {
                message = await exchange.AskAsync(server, name, type, withOptions: false, cancellationToken);
            }

            return message switch
            {
                { ResponseCode: not (DnsResponseCode.NoError or DnsResponseCode.NameError) } =>
                    (null, DnsAnswer.Failed(DnsOutcome.ServerFailure, $"{server} answered {message.ResponseCode}.")),
                { Answers: [], ResponseCode: DnsResponseCode.NoError, IsRecursive: false, IsAuthoritative: false } =>
                    (null, DnsAnswer.Failed(DnsOutcome.ServerFailure, $"{server} does not resolve for others.")),
                _ => (message, null),
            };
        }
        catch (DnsExchangeException e)
        {
            return (null, DnsAnswer.Failed(e.Outcome, e.Message));
        }
    }
}
