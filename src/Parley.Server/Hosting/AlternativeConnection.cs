namespace Parley.Server.Hosting;

/// <summary>Metadata of an endpoint that clients connect to instead of by TCP: host-meta then names it (XEP-0156 §3).</summary>
/// <param name="Relation">The link's relation type.</param>
/// <param name="Scheme">The scheme of its address under TLS.</param>
public sealed record AlternativeConnection(string Relation, string Scheme)
{
    /// <summary>XMPP over WebSocket (RFC 7395).</summary>
    public static AlternativeConnection WebSocket { get; } = new("urn:xmpp:alt-connections:websocket", "wss");

    /// <summary>XMPP over BOSH (XEP-0206).</summary>
    public static AlternativeConnection Bosh { get; } = new("urn:xmpp:alt-connections:xbosh", "https");
}
