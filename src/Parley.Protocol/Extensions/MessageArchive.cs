using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>The names of Message Archive Management (XEP-0313 1.1.3).</summary>
public static class MessageArchive
{
    public const string Namespace = "urn:xmpp:mam:2";

    /// <summary>The feature that says that ids are filtered by, pages flipped and metadata told (§6).</summary>
    public const string ExtendedFeature = "urn:xmpp:mam:2#extended";

    /// <summary>The feature that says that <c>include-groupchat</c> is understood (§6).</summary>
    public const string GroupChatFieldFeature = "urn:xmpp:mam:2#groupchat-field";

    /// <summary>The namespace and feature of full text search (XEP-0431 0.2).</summary>
    public const string FullTextNamespace = "urn:xmpp:fulltext:0";

    public static readonly XmlName Query = new("query", Namespace);

    public static readonly XmlName Metadata = new("metadata", Namespace);
}
