using System.Buffers;
using System.Globalization;
using System.Text;

namespace Parley.Server.Federation.Dns;

/// <summary>Names as the domain name system has them: lower case, ASCII, labels of 1 to 63 bytes with dots between them, 253 in all; the root is empty.</summary>
public static class DnsName
{
    /// <summary>Bytes of a label (RFC 1035 §2.3.4).</summary>
    internal const int MaxLabelLength = 63;

    /// <summary>Characters of a name in text: 255 bytes on the wire.</summary>
    internal const int MaxLength = 253;

    // Nothing that would mean something in text: white space, the dot, the backslash of zone files.
    private static readonly SearchValues<byte> LabelBytes =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x7F - 0x21).Where(static code => code is not ('.' or '\\')).Select(static code => (byte)code)]);

    /// <summary>Turns a domain, U-labels in it or a dot behind it, into such a name.</summary>
    public static bool TryParse(string text, out string name)
    {
        name = "";
        var labels = text.Split('.');
        if (labels is [.. var before, ""])
        {
            labels = before;
        }

        for (var i = 0; i < labels.Length; i++)
        {
            if (!TryToAscii(labels[i], out labels[i]) || !IsLabel(Encoding.ASCII.GetBytes(labels[i])))
            {
                return false;
            }
        }

        name = string.Join('.', labels).ToLowerInvariant();
        return name.Length <= MaxLength;
    }

    /// <summary>Whether bytes may be a label.</summary>
    internal static bool IsLabel(ReadOnlySpan<byte> label) => label.Length is > 0 and <= MaxLabelLength && !label.ContainsAnyExcept(LabelBytes);

    private static bool TryToAscii(string label, out string ascii)
    {
        ascii = label;
        if (Ascii.IsValid(label))
        {
            return true;
        }

        try
        {
            ascii = new IdnMapping().GetAscii(label);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
