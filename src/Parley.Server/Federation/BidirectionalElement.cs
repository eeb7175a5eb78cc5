using Parley.Protocol.Xml;

namespace Parley.Server.Federation;

/// <summary>The elements of bidirectional streams (XEP-0288 §2).</summary>
internal static class BidirectionalElement
{
    internal const string Namespace = "urn:xmpp:bidi";
    internal const string FeatureNamespace = "urn:xmpp:features:bidi";

    /// <summary>Says that a stream may carry stanzas both ways.</summary>
    internal static readonly XmlName Feature = new("bidi", FeatureNamespace);

    /// <summary>Asks for it: from whom opened the stream.</summary>
    internal static readonly XmlName Request = new("bidi", Namespace);
}
