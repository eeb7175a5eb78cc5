namespace Parley.Server.Federation;

/// <summary>Something that was tried on the way to a domain, for logs and people.</summary>
/// <param name="What">What was asked or tried: <c>_xmpp-server._tcp.example.org SRV</c>, <c>192.0.2.7:5269</c>.</param>
/// <param name="Outcome">What came of it.</param>
public sealed record LookupStep(string What, string Outcome)
{
    /// <inheritdoc/>
    public override string ToString() => $"{What}: {Outcome}";
}
