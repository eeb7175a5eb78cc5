using System.Buffers.Text;
using System.Globalization;
using Parley.Protocol.Xml;

namespace Parley.Server.Connections.Bosh;

/// <summary>The lexical forms of the wrapper's attributes (XEP-0124 §22, XEP-0206 §11).</summary>
internal static class BoshSyntax
{
    internal const int SidLength = 32;
    private const int MaxRidDigits = 16;

    internal static ReadOnlySpan<byte> Namespace => "http://jabber.org/protocol/httpbind"u8;

    internal static ReadOnlySpan<byte> XmppNamespace => "urn:xmpp:xbosh"u8;

    internal static ReadOnlySpan<byte> XmlNamespace => "http://www.w3.org/XML/1998/namespace"u8;

    /// <summary>A request id: a positive integer up to 2^53 - 1 (XEP-0124 §14.1).</summary>
    internal static bool TryRid(XmlAttributeValue value, out long rid) =>
        TryDigits(value.Raw, MaxRidDigits, out rid) && rid is > 0 and <= BoshBody.MaxRid;

    /// <summary>A count or a number of seconds; what is beyond an int counts as the largest, for it is clamped anyway.</summary>
    internal static bool TryCount(XmlAttributeValue value, out int count)
    {
        const int enough = 9;
        count = int.MaxValue;
        if (value.Raw.IsEmpty || value.Raw.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        if (value.Raw.Length <= enough)
        {
            TryDigits(value.Raw, enough, out var parsed);
            count = (int)parsed;
        }

        return true;
    }

    /// <summary>A session id as this server makes them, 128 bits in lower-case hexadecimal; zero, which none is, for anything else.</summary>
    internal static UInt128 Sid(XmlAttributeValue value)
    {
        Span<byte> bytes = stackalloc byte[SidLength / 2];
        return value.Raw.Length == SidLength
            && value.Raw.IndexOfAnyInRange((byte)'A', (byte)'F') < 0
            && Convert.FromHexString(value.Raw, bytes, out _, out _) == System.Buffers.OperationStatus.Done
            ? System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes)
            : default;
    }

    /// <inheritdoc cref="Sid(XmlAttributeValue)"/>
    internal static string Sid(UInt128 sid) => sid.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>An XML Schema boolean that is true.</summary>
    internal static bool IsTrue(XmlAttributeValue value) => value.Equals("true"u8) || value.Equals("1"u8);

    private static bool TryDigits(ReadOnlySpan<byte> text, int maxDigits, out long number)
    {
        number = 0;
        return text.Length <= maxDigits && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(text, out number, out var consumed) && consumed == text.Length;
    }
}
