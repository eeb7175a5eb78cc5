namespace Parley.Protocol.Xml;

public enum XmlTokenType
{
    None,
    StartElement,
    EndElement,
    Text,
}

public ref struct Utf8XmlReader
{
    public Utf8XmlReader(ReadOnlySpan<byte> document, XmlNamespaces? outer = null, bool openTagOnly = false) => throw new NotImplementedException();

    public readonly XmlTokenType TokenType => throw new NotImplementedException();

    /// <summary>Open elements around the token: 0 for the root's tags, 1 for its content.</summary>
    public readonly int Depth => throw new NotImplementedException();

    public readonly bool IsEmptyElement => throw new NotImplementedException();

    public readonly int TokenStart => throw new NotImplementedException();

    public readonly int TokenEnd => throw new NotImplementedException();

    public readonly ReadOnlySpan<byte> Prefix => throw new NotImplementedException();

    public readonly ReadOnlySpan<byte> LocalName => throw new NotImplementedException();

    public readonly ReadOnlySpan<byte> NamespaceUri => throw new NotImplementedException();

    /// <summary>Attributes of the start tag, namespace declarations left out.</summary>
    public readonly int AttributeCount => throw new NotImplementedException();

    public readonly ReadOnlySpan<byte> RawText => throw new NotImplementedException();

    public readonly bool TextIsPlain => throw new NotImplementedException();

    /// <summary>Whether a name since <see cref="ClearUsedOuter"/> resolved through a prefix declared at or above its depth.</summary>
    public readonly bool UsedOuterPrefix => throw new NotImplementedException();

    /// <summary>Whether an element without a prefix since <see cref="ClearUsedOuter"/> took the default namespace from there.</summary>
    public readonly bool UsedOuterDefault => throw new NotImplementedException();

    public void ClearUsedOuter(int depth = 0) => throw new NotImplementedException();

    public bool Read() => throw new NotImplementedException();

    public readonly bool NameIs(ReadOnlySpan<byte> local, ReadOnlySpan<byte> ns) => throw new NotImplementedException();

    public readonly bool NameIs(XmlName name) => throw new NotImplementedException();

    public readonly ReadOnlySpan<byte> AttributePrefix(int index) => throw new NotImplementedException();

    public readonly ReadOnlySpan<byte> AttributeLocalName(int index) => throw new NotImplementedException();

    public readonly ReadOnlySpan<byte> AttributeNamespaceUri(int index) => throw new NotImplementedException();

    public readonly XmlAttributeValue AttributeValue(int index) => throw new NotImplementedException();

    /// <summary>The attribute of that name in no namespace.</summary>
    public readonly bool TryGetAttribute(ReadOnlySpan<byte> local, out XmlAttributeValue value) => throw new NotImplementedException();

    public readonly bool TryGetAttribute(ReadOnlySpan<byte> local, ReadOnlySpan<byte> ns, out XmlAttributeValue value) => throw new NotImplementedException();

    public readonly string GetText() => throw new NotImplementedException();

    /// <summary>The declarations in scope at the current start tag, for the fragments that will follow inside it.</summary>
    public readonly XmlNamespaces NamespacesInScope() => throw new NotImplementedException();

    /// <summary>Skips to the end tag of the current start tag.</summary>
    public void Skip() => throw new NotImplementedException();
}
