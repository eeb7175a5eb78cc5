using System.Buffers;
using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>An element of a parsed, read-only document: cheap to copy, safe to read from many threads, and keeping the whole document alive.</summary>
public readonly partial struct XmlElement
{
    private readonly XmlTree _tree;
    private readonly int _index;

    private XmlElement(XmlTree tree, int index)
    {
        _tree = tree;
        _index = index;
    }

    public string LocalName => Encoding.UTF8.GetString(LocalNameUtf8);

    /// <summary>The namespace; empty for none.</summary>
    public string NamespaceUri => _tree.NamespaceString(Node.Namespace);

    public ReadOnlySpan<byte> LocalNameUtf8 => _tree.Bytes.Span.Slice(Node.ContentStart, Node.ContentLength);

    public ReadOnlySpan<byte> NamespaceUtf8 => _tree.Namespace(Node.Namespace);

    /// <summary>The bytes as they stand in the document, from start tag to end tag. Prefixes in them may be declared further out:
    /// <see cref="ToStandaloneBytes"/>.</summary>
    public ReadOnlyMemory<byte> Raw => _tree.Bytes[Node.Start..Node.End];

    public bool HasChildren => Children.GetEnumerator().MoveNext();

    public int ChildCount
    {
        get
        {
            var count = 0;
            foreach (var _ in Children)
                count++;
            return count;
        }
    }

    /// <summary>The elements directly inside, in order.</summary>
    public ChildEnumerable Children => new(_tree, _index);

    /// <summary>The attributes, namespace declarations left out.</summary>
    public AttributeEnumerable Attributes => new(_tree, _index);

    /// <summary>The text directly inside, in one piece, decoded; that of children is not part of it.</summary>
    public string Text
    {
        get
        {
            StringBuilder? several = null;
            var text = "";
            for (var i = _index + 1; i < Node.Next; i = _tree.Nodes[i].Next)
            {
                if (_tree.Nodes[i].Kind == XmlTree.NodeKind.Element)
                    continue;
                var part = TextOf(in _tree.Nodes[i]);
                if (text.Length > 0)
                    (several ??= new StringBuilder(text)).Append(part);
                else
                    text = part;
            }

            return several?.ToString() ?? text;
        }
    }

    private ref readonly XmlTree.Node Node => ref _tree.Nodes[_index];

    /// <summary>Parses one element.</summary>
    /// <param name="utf8">The element, white space around it allowed, an XML declaration not. It must not change afterwards.</param>
    /// <param name="outer">Namespace declarations in scope around it.</param>
    /// <exception cref="Streams.StreamException">not-well-formed, restricted-xml, or policy-violation.</exception>
    public static XmlElement Parse(ReadOnlyMemory<byte> utf8, XmlNamespaces? outer = null) => new(XmlTree.Parse(utf8, outer), 0);

    public bool Is(XmlName name) => name.Matches(LocalNameUtf8, NamespaceUtf8);

    public bool Is(string local, string ns) => Same(LocalNameUtf8, local) && Same(NamespaceUtf8, ns);

    /// <summary>The value of an attribute, decoded; null if it is not there.</summary>
    /// <param name="local">Its local name.</param>
    /// <param name="ns">Its namespace; null or empty for one without a prefix.</param>
    public string? Attribute(string local, string? ns = null)
    {
        foreach (var attribute in Attributes)
        {
            if (Same(attribute.LocalNameUtf8, local) && Same(attribute.NamespaceUtf8, ns ?? ""))
                return attribute.Value;
        }

        return null;
    }

    /// <summary>The first child of that name, or null.</summary>
    public XmlElement? Child(XmlName name)
    {
        foreach (var child in Children)
        {
            if (child.Is(name))
                return child;
        }

        return null;
    }

    /// <summary>The first child of that name, or null.</summary>
    public XmlElement? Child(string local, string ns)
    {
        foreach (var child in Children)
        {
            if (child.Is(local, ns))
                return child;
        }

        return null;
    }

    /// <summary>Writes the element without prefixes on elements; attributes in a namespace keep theirs, declared where it is used.</summary>
    /// <remarks>Prefixes within text and values (as in <c>xsi:type='xs:string'</c>) are beyond XML: their declarations are lost.</remarks>
    public void WriteTo(Utf8XmlWriter writer) => WriteTo(writer, default);

    /// <inheritdoc cref="WriteTo(Utf8XmlWriter)"/>
    /// <param name="writer">Where to.</param>
    /// <param name="replaced">A namespace in whose place elements get jabber:client; empty for none.</param>
    internal void WriteTo(Utf8XmlWriter writer, ReadOnlySpan<byte> replaced)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var end = Node.Next;
        var ends = new Stack<int>();
        for (var i = _index; i < end; i++)
        {
            while (ends.TryPeek(out var next) && next <= i)
            {
                writer.End();
                ends.Pop();
            }

            ref readonly var node = ref _tree.Nodes[i];
            if (node.Kind != XmlTree.NodeKind.Element)
            {
                writer.Raw(_tree.Bytes.Span[node.Start..node.End]);
                continue;
            }

            var element = new XmlElement(_tree, i);
            var ns = element.NamespaceUtf8;
            writer.Start(element.LocalNameUtf8, !replaced.IsEmpty && ns.SequenceEqual(replaced) ? "jabber:client"u8 : ns);
            foreach (var attribute in element.Attributes)
                writer.Attribute(attribute.Prefix, attribute.LocalName, attribute.NamespaceUri, attribute.RawValue);
            ends.Push(node.Next);
        }

        for (var i = ends.Count; i > 0; i--)
            writer.End();
    }

    /// <summary>The element rewritten so that it means the same wherever <paramref name="contextNamespace"/> is the default namespace.</summary>
    /// <param name="contextNamespace">That namespace; null to mean the same everywhere.</param>
    public byte[] ToStandaloneBytes(string? contextNamespace = null)
    {
        var output = new ArrayBufferWriter<byte>(Node.End - Node.Start + 64);
        WriteTo(new Utf8XmlWriter(output, contextNamespace));
        return output.WrittenSpan.ToArray();
    }

    internal static bool Same(ReadOnlySpan<byte> utf8, string text)
    {
        if (Ascii.IsValid(utf8))
            return Ascii.Equals(utf8, text);
        return Encoding.UTF8.GetString(utf8) == text;
    }

    private string TextOf(ref readonly XmlTree.Node node)
    {
        var raw = _tree.Bytes.Span.Slice(node.ContentStart, node.ContentLength);
        if (node.Kind == XmlTree.NodeKind.PlainText)
            return Encoding.UTF8.GetString(raw);
        var decoded = new byte[raw.Length];
        var length = node.Kind == XmlTree.NodeKind.Cdata
            ? XmlReferences.DecodeLineEnds(raw, decoded)
            : XmlReferences.Decode(raw, decoded, inAttribute: false);
        return Encoding.UTF8.GetString(decoded, 0, length);
    }
}
