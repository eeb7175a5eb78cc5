namespace Parley.Server.Sessions;

/// <summary>How a stream goes on after a feature was negotiated.</summary>
public enum Negotiation
{
    /// <summary>The stream goes on.</summary>
    Continue,

    /// <summary>The stream goes on, and the peer is known from here on: other limits hold.</summary>
    Authenticated,

    /// <summary>The peer opens the stream anew (RFC 6120 §4.3.3).</summary>
    Restart,

    /// <summary>TLS begins now; then the peer opens the stream anew (RFC 6120 §5.4.3.3).</summary>
    Secure,

    /// <summary>The stream is closed.</summary>
    Close,
}
