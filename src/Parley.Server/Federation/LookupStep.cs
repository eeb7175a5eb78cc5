namespace Parley.Server.Federation;

/// <summary>Something that was tried on the way to a domain, for logs and people.</summary>
/// <param name="What">What was asked or tried: <c>_xmpp-server._tcp.example.org SRV</c>, <c>192.0.2.7:5269</c>.</param>
/// <param name="Outcome">What came of it.</param>
public sealed record LookupStep(string What, string Outcome)
{
    /// <summary>What came of it, for whoever reads the domain's name already: said once more only where something else was asked or tried.</summary>
    /// <param name="domain">The domain that it was on the way to.</param>
    internal string Of(string domain) =>
        What == domain ? Outcome
        : What.StartsWith($"{domain} ", StringComparison.Ordinal) ? $"{Outcome} ({What[(domain.Length + 1)..]})"
        : ToString();

    /// <inheritdoc/>
    public override string ToString() => $"{What}: {Outcome}";
}
