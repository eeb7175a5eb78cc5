using System.Net;

namespace Parley.Server.Federation;

/// <summary>Where to try.</summary>
/// <param name="Host">The host: a name in ASCII, or an address.</param>
/// <param name="Port">The port.</param>
/// <param name="DirectTls">Whether TLS begins with the first byte (XEP-0368); otherwise STARTTLS.</param>
public sealed record ServerTarget(string Host, int Port, bool DirectTls)
{
    /// <summary>The address, when the host is one.</summary>
    internal IPAddress? Literal => Literals.Parse(Host);

    /// <inheritdoc/>
    public override string ToString() => $"{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}{(DirectTls ? " (direct TLS)" : "")}";
}

/// <summary>Domains that are addresses.</summary>
internal static class Literals
{
    /// <summary>The address that a domain is: an IPv4 address, or an IPv6 address, in brackets or not (RFC 7622 §3.2); null for names.</summary>
    internal static IPAddress? Parse(string domain)
    {
        var text = domain is ['[', .. var inner, ']'] ? inner : domain;

        // IPAddress takes '1' and '0x7f.1' as well, which are names here.
        return IPAddress.TryParse(text, out var address) && (text.Contains(':') || address.ToString() == text) ? address : null;
    }
}
