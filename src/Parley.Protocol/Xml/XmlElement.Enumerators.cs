namespace Parley.Protocol.Xml;

public readonly partial struct XmlElement
{
    public readonly struct ChildEnumerable
    {
        private readonly XmlTree _tree;
        private readonly int _parent;

        internal ChildEnumerable(XmlTree tree, int parent)
        {
            _tree = tree;
            _parent = parent;
        }

        public ChildEnumerator GetEnumerator() => new(_tree, _parent);
    }

    public struct ChildEnumerator
    {
        private readonly XmlTree _tree;
        private readonly int _end;
        private int _next;
        private int _current;

        internal ChildEnumerator(XmlTree tree, int parent)
        {
            _tree = tree;
            _next = parent + 1;
            _end = tree.Nodes[parent].Next;
            _current = -1;
        }

        public readonly XmlElement Current => new(_tree, _current);

        public bool MoveNext()
        {
            while (_next < _end)
            {
                _current = _next;
                _next = _tree.Nodes[_current].Next;
                if (_tree.Nodes[_current].Kind == XmlTree.NodeKind.Element)
                    return true;
            }

            return false;
        }
    }

    public readonly struct AttributeEnumerable
    {
        private readonly XmlTree _tree;
        private readonly int _element;

        internal AttributeEnumerable(XmlTree tree, int element)
        {
            _tree = tree;
            _element = element;
        }

        public int Count => _tree.Nodes[_element].AttributeCount;

        public AttributeEnumerator GetEnumerator() => new(_tree, _tree.Nodes[_element].FirstAttribute, Count);
    }

    public struct AttributeEnumerator
    {
        private readonly XmlTree _tree;
        private readonly int _end;
        private int _current;

        internal AttributeEnumerator(XmlTree tree, int first, int count)
        {
            _tree = tree;
            _current = first - 1;
            _end = first + count;
        }

        public readonly XmlAttribute Current => new(_tree, _current);

        public bool MoveNext() => ++_current < _end;
    }
}
