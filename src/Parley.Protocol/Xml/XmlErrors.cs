using System.Diagnostics.CodeAnalysis;
using Parley.Protocol.Streams;

namespace Parley.Protocol.Xml;

/// <summary>The cold exits of scanner and reader.</summary>
internal static class XmlErrors
{
    [DoesNotReturn]
    internal static void NotWellFormed(string text) => throw new StreamException(StreamErrorCondition.NotWellFormed, text);

    [DoesNotReturn]
    internal static void Restricted(string text) => throw new StreamException(StreamErrorCondition.RestrictedXml, text);

    [DoesNotReturn]
    internal static void PolicyViolation(string text) => throw new StreamException(StreamErrorCondition.PolicyViolation, text);

    /// <summary>With the condition of XEP-0205 §4.5.</summary>
    [DoesNotReturn]
    internal static void TooBig(int maxBytes) => throw new StreamException(StreamErrorCondition.PolicyViolation, $"more than {maxBytes} bytes")
    {
        ApplicationCondition = "<stanza-too-big xmlns='urn:xmpp:errors'/>"u8.ToArray(),
    };

    [DoesNotReturn]
    internal static void UnsupportedEncoding() => throw new StreamException(StreamErrorCondition.UnsupportedEncoding, "UTF-8 is the encoding of XMPP");

    [DoesNotReturn]
    internal static void InvalidXml(string text) => throw new StreamException(StreamErrorCondition.InvalidXml, text);
}
