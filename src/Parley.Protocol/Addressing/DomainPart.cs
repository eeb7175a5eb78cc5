using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>The domainpart: a host name with U-labels, or an IP address (RFC 7622 §3.2).</summary>
internal static class DomainPart
{
    private const int MaxLabelLength = 63;

    // RFC 1035 §2.3.4 allows 255 bytes on the wire: 253 in text.
    private const int MaxNameLength = 253;

    private static readonly SearchValues<byte> LetterDigitHyphen =
        SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Whether it is an ASCII host name that needs nothing but lower case.</summary>
    internal static bool IsPlain(ReadOnlySpan<byte> domain)
    {
        if (domain.Length > MaxNameLength)
            return false;
        var rest = domain;
        while (true)
        {
            var dot = rest.IndexOf((byte)'.');
            var label = dot < 0 ? rest : rest[..dot];
            if (!IsHostLabel(label))
                return false;
            if (dot < 0)
                return !IsNumeric(label);
            rest = rest[(dot + 1)..];
        }
    }

    internal static bool TryPrepare(ReadOnlySpan<byte> domain, out byte[] prepared)
    {
        prepared = [];
        if (domain.Length > JidPart.MaxInputLength || !Utf8Text.TryDecode(domain, out var text))
            return false;
        var name = text.StartsWith('[') ? IPv6Literal(text) : HostName(text);
        if (name is null)
            return false;
        prepared = Encoding.UTF8.GetBytes(name);
        return prepared.Length <= Jid.MaxPartLength;
    }

    private static string? HostName(string text)
    {
        if (!UnicodeSupport.CanPrepare(text))
            return null;
        var labels = IdnLabel.Map(text).Split('.');

        // One dot at the end says that the name is absolute, which each domainpart is (RFC 7622 §3.2).
        if (labels.Length > 1 && labels[^1].Length == 0)
            labels = labels[..^1];
        var asciiLength = labels.Length - 1;
        var rightToLeft = false;
        for (var i = 0; i < labels.Length; i++)
        {
            if (!IdnLabel.TryPrepare(labels[i], out labels[i], out var labelLength) || labelLength > MaxLabelLength)
                return null;
            asciiLength += labelLength;
            rightToLeft |= BidiRule.IsDue([.. labels[i].EnumerateRunes()]);
        }

        if (asciiLength > MaxNameLength || (rightToLeft && !Array.TrueForAll(labels, HasReadableDirection)))
            return null;
        return !IsNumeric(Encoding.UTF8.GetBytes(labels[^1])) || IsIPv4(labels) ? string.Join('.', labels) : null;
    }

    /// <summary>Whether an ASCII label may be in a host name as it is (RFC 1123 §2.1, RFC 5890 §2.3.1).</summary>
    internal static bool IsHostLabel(ReadOnlySpan<byte> label) =>
        label.Length is > 0 and <= MaxLabelLength
        && !label.ContainsAnyExcept(LetterDigitHyphen)
        && label[0] != '-'
        && label[^1] != '-'
        && !(label.Length >= 4 && label[2] == '-' && label[3] == '-');

    private static bool HasReadableDirection(string label) => BidiRule.Holds([.. label.EnumerateRunes()]);

    private static bool IsNumeric(ReadOnlySpan<byte> label) => !label.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private static bool IsIPv4(string[] labels) =>
        labels.Length == 4 && Array.TrueForAll(labels, static label =>
            byte.TryParse(label, out var number) && label == number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static string? IPv6Literal(string text)
    {
        // IPAddress would also take a zone and a prefix length, which mean nothing to others.
        if (text.Length < 4 || text[^1] != ']' || text.AsSpan(1, text.Length - 2).ContainsAnyExcept("0123456789ABCDEFabcdef:."))
            return null;
        return IPAddress.TryParse(text.AsSpan(1, text.Length - 2), out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"[{address}]"
            : null;
    }
}
