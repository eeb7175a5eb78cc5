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

    [DoesNotReturn]
    internal static void UnsupportedEncoding() => throw new StreamException(StreamErrorCondition.UnsupportedEncoding, "UTF-8 is the encoding of XMPP");

    [DoesNotReturn]
    internal static void InvalidXml(string text) => throw new StreamException(StreamErrorCondition.InvalidXml, text);
}
