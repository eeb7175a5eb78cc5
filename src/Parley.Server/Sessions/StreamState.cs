namespace Parley.Server.Sessions;

/// <summary>What has been negotiated on a stream so far: features need some of it and forbid some.</summary>
[Flags]
public enum StreamState
{
    None = 0,

    /// <summary>TLS is in place (RFC 6120 §5).</summary>
    Secure = 1,

    /// <summary>The peer is authenticated (RFC 6120 §6).</summary>
    Authenticated = 2,

    /// <summary>A resource is bound (RFC 6120 §7).</summary>
    Bound = 4,

    /// <summary>The stream lies in HTTP: what is below it is not the stream's to change (RFC 7395 §3.9, XEP-0206 §4).</summary>
    OverHttp = 8,
}
