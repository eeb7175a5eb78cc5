using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections;
using Parley.Server.Connections.Tcp;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Makes a Kestrel listener speak XMPP.</summary>
public static class XmppListenOptionsExtensions
{
    /// <summary>
    /// Takes the client's address from the PROXY protocol (version 1 or 2) where <see cref="Parley.Server.Hosting.WebOptions.TrustedProxies"/> connect, who then have to send it.
    /// To be used before anything else.
    /// </summary>
    public static ListenOptions UseProxyProtocol(this ListenOptions listen)
    {
        var protocol = listen.ApplicationServices.GetRequiredService<ProxyProtocol>();
        listen.Use(next => connection => protocol.RunAsync(connection, next));
        return listen;
    }

    /// <summary>Client streams that begin in plaintext and offer STARTTLS (RFC 6120 §5): port 5222 by custom.</summary>
    public static ListenOptions UseXmppClientStream(this ListenOptions listen)
    {
        listen.UseConnectionHandler<ClientConnectionHandler>();
        return listen;
    }

    /// <summary>Client streams under TLS from the first byte (XEP-0368): port 5223 by custom.</summary>
    public static ListenOptions UseXmppDirectTlsClientStream(this ListenOptions listen)
    {
        listen.UseConnectionHandler<DirectTlsClientConnectionHandler>();
        return listen;
    }

    /// <summary>Streams of external components (XEP-0114): port 5347 by custom. They are not under TLS: for loopback, or a tunnel.</summary>
    public static ListenOptions UseXmppComponentStream(this ListenOptions listen)
    {
        listen.UseConnectionHandler<ComponentConnectionHandler>();
        return listen;
    }

    /// <summary>Streams of other servers that begin in plaintext and offer STARTTLS (RFC 6120 §5): port 5269 by custom. Takes <see cref="Parley.Server.Federation.FederationOptions.Enabled"/>.</summary>
    public static ListenOptions UseXmppServerStream(this ListenOptions listen)
    {
        listen.UseConnectionHandler<ServerConnectionHandler>();
        return listen;
    }

    /// <summary>Streams of other servers under TLS from the first byte (XEP-0368): port 5270 by custom, made known by SRV records alone.</summary>
    public static ListenOptions UseXmppDirectTlsServerStream(this ListenOptions listen)
    {
        listen.UseConnectionHandler<DirectTlsServerConnectionHandler>();
        return listen;
    }
}
