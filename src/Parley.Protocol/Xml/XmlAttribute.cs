using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>An attribute of an <see cref="XmlElement"/>; namespace declarations are not among them.</summary>
public readonly struct XmlAttribute
{
    private readonly XmlTree _tree;
    private readonly int _index;

    internal XmlAttribute(XmlTree tree, int index)
    {
        _tree = tree;
        _index = index;
    }

    public string LocalName => Encoding.UTF8.GetString(LocalNameUtf8);

    public ReadOnlySpan<byte> LocalNameUtf8 => _tree.Bytes.Span.Slice(Node.LocalStart, Node.LocalLength);

    /// <summary>The namespace; empty for an attribute without a prefix.</summary>
    public string NamespaceUri => _tree.NamespaceString(Node.Namespace);

    public ReadOnlySpan<byte> NamespaceUtf8 => _tree.Namespace(Node.Namespace);

    /// <summary>The value, decoded and normalised.</summary>
    public string Value => RawValue.ToString();

    /// <summary>The value as it stands in the document.</summary>
    public XmlAttributeValue RawValue => new(_tree.Bytes.Span.Slice(Node.ValueStart, Node.ValueLength), Node.IsPlain);

    internal string Prefix => Encoding.UTF8.GetString(_tree.Bytes.Span.Slice(Node.NameStart, Node.PrefixLength));

    private ref readonly XmlTree.AttributeNode Node => ref _tree.Attributes[_index];
}
