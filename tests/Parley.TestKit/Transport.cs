namespace Parley.TestKit;

/// <summary>How a test's client reaches the server.</summary>
public enum Transport
{
    /// <summary>No TLS at all.</summary>
    Plaintext,

    /// <summary>Plaintext, then STARTTLS (RFC 6120 §5).</summary>
    StartTls,

    /// <summary>TLS from the first byte (XEP-0368).</summary>
    DirectTls,

    /// <summary>A WebSocket over HTTP, without TLS (RFC 7395).</summary>
    WebSocket,
}
