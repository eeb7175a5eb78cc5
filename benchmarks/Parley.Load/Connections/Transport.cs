namespace Parley.Load.Connections;

/// <summary>What carries the streams of the clients.</summary>
internal enum Transport
{
    /// <summary>TCP (RFC 6120), with STARTTLS where asked.</summary>
    Tcp,

    /// <summary>WebSocket (RFC 7395) at /xmpp-websocket.</summary>
    WebSocket,

    /// <summary>BOSH (XEP-0124, XEP-0206) at /http-bind.</summary>
    Bosh,
}
