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

    /// <summary>Writes the value, normalised (XML 1.0 §3.3.3), and returns its length, which <see cref="Raw"/>'s is never below.</summary>
    public int Decode(Span<byte> destination) => throw new NotImplementedException();

    public byte[] ToUtf8() => throw new NotImplementedException();

    public override string ToString() => throw new NotImplementedException();

    /// <summary>Whether the value is <paramref name="utf8"/>.</summary>
    public bool Equals(ReadOnlySpan<byte> utf8) => throw new NotImplementedException();
}
