using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Parley.Host.Serving;

/// <summary>What is spoken at an address.</summary>
/// <param name="Name">What start-up says of it.</param>
/// <param name="PortKey">The key that chooses the port.</param>
/// <param name="IsXmpp">Whether it is XMPP over TCP, and not HTTP.</param>
/// <param name="Use">Makes a listener speak it.</param>
internal sealed record ListenerKind(string Name, string PortKey, bool IsXmpp, Action<ListenOptions> Use)
{
    /// <summary>Clients with STARTTLS (RFC 6120 §5).</summary>
    internal static ListenerKind C2s { get; } = new("c2s", nameof(Configuration.HostSettings.C2sPort), IsXmpp: true, static listen => listen.UseXmppClientStream());

    /// <summary>Clients under TLS from the first byte (XEP-0368).</summary>
    internal static ListenerKind C2sTls { get; } =
        new("c2s-tls", nameof(Configuration.HostSettings.C2sTlsPort), IsXmpp: true, static listen => listen.UseXmppDirectTlsClientStream());

    /// <summary>The web without TLS.</summary>
    internal static ListenerKind Http { get; } = new("http", nameof(Configuration.HostSettings.HttpPort), IsXmpp: false, static listen => listen.UseWeb());

    /// <summary>The web under TLS.</summary>
    internal static ListenerKind Https { get; } = new("https", nameof(Configuration.HostSettings.HttpsPort), IsXmpp: false, static listen => listen.UseSecureWeb());

    /// <summary>External components (XEP-0114); not among <see cref="All"/>, for it is listened for them only where there are any, at addresses of their own.</summary>
    internal static ListenerKind Component { get; } =
        new("component", nameof(Configuration.HostSettings.ComponentPort), IsXmpp: true, static listen => listen.UseXmppComponentStream())
        {
            BindKey = nameof(Configuration.HostSettings.ComponentBind),
        };

    /// <summary>Other servers with STARTTLS (RFC 6120 §5); not among <see cref="All"/>, for it is listened for them only where there is federation.</summary>
    internal static ListenerKind S2s { get; } = new("s2s", nameof(Configuration.HostSettings.S2sPort), IsXmpp: true, static listen => listen.UseXmppServerStream());

    /// <summary>Other servers under TLS from the first byte (XEP-0368).</summary>
    internal static ListenerKind S2sTls { get; } =
        new("s2s-tls", nameof(Configuration.HostSettings.S2sTlsPort), IsXmpp: true, static listen => listen.UseXmppDirectTlsServerStream());

    /// <summary>The key that chooses the addresses.</summary>
    internal string BindKey { get; private init; } = nameof(Configuration.HostSettings.Bind);

    /// <summary>Whether clients speak XMPP over TCP there: to those a proxy says who they are.</summary>
    internal bool IsForClients => this == C2s || this == C2sTls;

    internal static IReadOnlyList<ListenerKind> All { get; } = [C2s, C2sTls, Http, Https];
}
