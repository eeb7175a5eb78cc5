using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Stanzas;

/// <summary>What a stanza inherits from the stream that it arrives on.</summary>
/// <param name="contentNamespace">The content namespace: jabber:client, jabber:server (RFC 6120 §4.8.2) or jabber:component:accept (XEP-0114).</param>
/// <param name="declared">The namespaces that the stream header declared.</param>
public sealed class StanzaContext(string contentNamespace, XmlNamespaces declared)
{
    private readonly byte[] _content = System.Text.Encoding.UTF8.GetBytes(contentNamespace);
    private byte[] _lastTo = [];
    private Jid? _lastToJid;

    /// <summary>The scope in which a payload that stands alone is read.</summary>
    public static XmlNamespaces ClientContent { get; } = new(Namespaces.Client);

    /// <summary>Reads stanzas that <see cref="Stanza.ToBytes"/> wrote.</summary>
    public static StanzaContext Client() => new(Namespaces.Client, ClientContent);

    public string ContentNamespace { get; } = contentNamespace;

    public XmlNamespaces Declared { get; } = declared;

    internal ReadOnlySpan<byte> ContentNamespaceUtf8 => _content;

    /// <summary>Whether the content namespace is jabber:client, in which payloads are kept.</summary>
    internal bool IsClient { get; } = contentNamespace == Namespaces.Client;

    /// <summary>Parses an address; the one last seen on this stream is not parsed again, for a client mostly writes to the same few.</summary>
    internal Jid? ParseTo(XmlAttributeValue value)
    {
        if (_lastToJid is not null && value.Raw.SequenceEqual(_lastTo))
        {
            return _lastToJid;
        }

        var jid = ParseJid(value);
        if (jid is not null && value.IsPlain)
        {
            _lastTo = value.Raw.ToArray();
            _lastToJid = jid;
        }

        return jid;
    }

    internal static Jid? ParseJid(XmlAttributeValue value)
    {
        Jid? jid;
        return (value.IsPlain ? Jid.TryParse(value.Raw, out jid) : Jid.TryParse(value.ToUtf8(), out jid)) ? jid : null;
    }
}
