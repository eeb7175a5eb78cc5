namespace Parley.Server.Federation.Dns;

/// <summary>Answers questions to the domain name system.</summary>
public interface IDnsResolver
{
    /// <summary>Asks for the records of a name.</summary>
    /// <param name="name">The name in ASCII (<see cref="DnsName"/>), in any case.</param>
    /// <param name="type"><see cref="DnsType.Srv"/>, <see cref="DnsType.A"/> or <see cref="DnsType.Aaaa"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer. Failures are answers too, not exceptions.</returns>
    ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancellationToken);
}
