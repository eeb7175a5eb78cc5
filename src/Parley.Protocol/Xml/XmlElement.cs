namespace Parley.Protocol.Xml;

/// <summary>An element of a parsed, read-only document: cheap to copy, and alive as long as its document.</summary>
public readonly struct XmlElement
{
    public static XmlElement Parse(ReadOnlyMemory<byte> utf8, XmlNamespaces? outer = null) => throw new NotImplementedException();

    public string LocalName => throw new NotImplementedException();

    public string NamespaceUri => throw new NotImplementedException();

    public ReadOnlySpan<byte> LocalNameUtf8 => throw new NotImplementedException();

    public ReadOnlySpan<byte> NamespaceUtf8 => throw new NotImplementedException();

    public ReadOnlyMemory<byte> Raw => throw new NotImplementedException();

    public bool HasChildren => throw new NotImplementedException();

    public int ChildCount => throw new NotImplementedException();

    public string Text => throw new NotImplementedException();

    public ChildEnumerable Children => throw new NotImplementedException();

    public AttributeEnumerable Attributes => throw new NotImplementedException();

    public bool Is(XmlName name) => throw new NotImplementedException();

    public bool Is(string local, string ns) => throw new NotImplementedException();

    public string? Attribute(string local, string? ns = null) => throw new NotImplementedException();

    public XmlElement? Child(XmlName name) => throw new NotImplementedException();

    public XmlElement? Child(string local, string ns) => throw new NotImplementedException();

    public void WriteTo(Utf8XmlWriter writer) => throw new NotImplementedException();

    public byte[] ToStandaloneBytes(string? contextNamespace = null) => throw new NotImplementedException();

    public readonly struct ChildEnumerable
    {
        public ChildEnumerator GetEnumerator() => throw new NotImplementedException();
    }

    public struct ChildEnumerator
    {
        public readonly XmlElement Current => throw new NotImplementedException();

        public bool MoveNext() => throw new NotImplementedException();
    }

    public readonly struct AttributeEnumerable
    {
        public AttributeEnumerator GetEnumerator() => throw new NotImplementedException();
    }

    public struct AttributeEnumerator
    {
        public readonly XmlAttribute Current => throw new NotImplementedException();

        public bool MoveNext() => throw new NotImplementedException();
    }
}

/// <summary>An attribute of an <see cref="XmlElement"/>; namespace declarations are not among them.</summary>
public readonly struct XmlAttribute
{
    public string LocalName => throw new NotImplementedException();

    public string NamespaceUri => throw new NotImplementedException();

    public string Value => throw new NotImplementedException();
}
