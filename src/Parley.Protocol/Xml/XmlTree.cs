using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>A document and the index over it, in document order: an element, what it contains, what follows it.</summary>
internal sealed class XmlTree
{
    private readonly List<byte[]> _namespaces = [[]];
    private string?[]? _namespaceStrings;

    private XmlTree(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    internal ReadOnlyMemory<byte> Bytes { get; }

    internal Node[] Nodes { get; private set; } = new Node[8];

    internal AttributeNode[] Attributes { get; private set; } = [];

    internal static XmlTree Parse(ReadOnlyMemory<byte> bytes, XmlNamespaces? outer)
    {
        var tree = new XmlTree(bytes);
        var reader = new Utf8XmlReader(bytes.Span, outer);
        var count = 0;
        var attributes = 0;
        var open = new Stack<int>();
        while (reader.Read())
        {
            if (reader.TokenType == XmlTokenType.EndElement)
            {
                ref var ended = ref tree.Nodes[open.Pop()];
                ended.End = reader.TokenEnd;
                ended.Next = count;
                continue;
            }

            if (count == tree.Nodes.Length)
                tree.Nodes = Grown(tree.Nodes);
            ref var node = ref tree.Nodes[count];
            node = new Node { Start = reader.TokenStart, End = reader.TokenEnd, Next = count + 1 };
            if (reader.TokenType == XmlTokenType.Text)
            {
                node.Kind = reader.TextIsPlain ? NodeKind.PlainText : reader.IsCdata ? NodeKind.Cdata : NodeKind.Text;
                (node.ContentStart, node.ContentLength) = reader.TextRange;
                count++;
                continue;
            }

            (node.ContentStart, node.ContentLength) = reader.LocalNameRange;
            node.Namespace = tree.Add(reader.NamespaceUri, open.Count > 0 ? tree.Nodes[open.Peek()].Namespace : 0);
            node.FirstAttribute = attributes;
            node.AttributeCount = reader.AttributeCount;
            tree.AddAttributes(ref reader, ref attributes);
            open.Push(count++);
        }

        return tree;
    }

    internal ReadOnlySpan<byte> Namespace(int index) => _namespaces[index];

    internal string NamespaceString(int index)
    {
        _namespaceStrings ??= new string?[_namespaces.Count];
        return _namespaceStrings[index] ??= Encoding.UTF8.GetString(_namespaces[index]);
    }

    private static T[] Grown<T>(T[] array)
    {
        Array.Resize(ref array, Math.Max(8, array.Length * 2));
        return array;
    }

    private void AddAttributes(ref Utf8XmlReader reader, ref int count)
    {
        for (var i = 0; i < reader.AttributeCount; i++)
        {
            if (count == Attributes.Length)
                Attributes = Grown(Attributes);
            ref var attribute = ref Attributes[count++];
            attribute = reader.Attribute(i);
            attribute.Namespace = Add(reader.AttributeNamespaceUri(i), attribute.PrefixLength > 0 ? _namespaces.Count - 1 : 0);
        }
    }

    // Most names are in a namespace just seen; searching the others would be slower than keeping them twice.
    private int Add(ReadOnlySpan<byte> ns, int likely)
    {
        if (ns.SequenceEqual(_namespaces[likely]))
            return likely;
        if (ns.IsEmpty)
            return 0;
        if (!ns.SequenceEqual(_namespaces[^1]))
            _namespaces.Add(ns.ToArray());
        return _namespaces.Count - 1;
    }

    internal enum NodeKind : byte
    {
        Element,
        PlainText,
        Text,
        Cdata,
    }

    internal struct Node
    {
        public int Start;
        public int End;

        // The local name, or the text without the brackets of CDATA.
        public int ContentStart;
        public int ContentLength;

        // The node behind this one and all that it contains.
        public int Next;
        public int Namespace;
        public int FirstAttribute;
        public int AttributeCount;
        public NodeKind Kind;
    }

    internal struct AttributeNode
    {
        public int NameStart;
        public int PrefixLength;
        public int LocalStart;
        public int LocalLength;
        public int ValueStart;
        public int ValueLength;
        public int Namespace;
        public bool IsPlain;
    }
}
