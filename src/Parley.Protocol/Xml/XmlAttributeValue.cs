using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>The value of an attribute, as it stands in the document.</summary>
public readonly ref struct XmlAttributeValue
{
    internal XmlAttributeValue(ReadOnlySpan<byte> raw, bool isPlain)
    {
        Raw = raw;
        IsPlain = isPlain;
    }

    /// <summary>The bytes between the quotes.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Whether <see cref="Raw"/> is the value and can be copied between quotes of either kind: no reference, no white space to
    /// normalise, no quote.</summary>
    public bool IsPlain { get; }

    /// <summary>Writes the value, normalised (XML 1.0 §3.3.3), and returns its length, which is at most that of <see cref="Raw"/>.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than <see cref="Raw"/>.</exception>
    public int Decode(Span<byte> destination)
    {
        if (!IsPlain)
            return XmlReferences.Decode(Raw, destination, inAttribute: true);
        Raw.CopyTo(destination);
        return Raw.Length;
    }

    /// <summary>A copy of the value.</summary>
    public byte[] ToUtf8()
    {
        if (IsPlain)
            return Raw.ToArray();
        var decoded = new byte[Raw.Length];
        return decoded[..Decode(decoded)];
    }

    public override string ToString() => Encoding.UTF8.GetString(IsPlain ? Raw : ToUtf8());

    /// <summary>Whether the value is <paramref name="utf8"/>.</summary>
    public bool Equals(ReadOnlySpan<byte> utf8) => IsPlain ? Raw.SequenceEqual(utf8) : utf8.SequenceEqual(ToUtf8());
}
