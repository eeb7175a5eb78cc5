using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Parley.Server.Connections;
using Parley.Server.Connections.Tcp;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Makes a Kestrel listener speak XMPP.</summary>
public static class XmppListenOptionsExtensions
{
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
}
