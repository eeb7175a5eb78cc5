namespace Parley.Protocol.Xml;

public ref partial struct Utf8XmlReader
{
    /// <summary>Attributes of the start tag; namespace declarations are not among them.</summary>
    public readonly int AttributeCount => _attributes;

    public readonly ReadOnlySpan<byte> AttributePrefix(int index)
    {
        ref readonly var slot = ref Slot(index);
        return _document.Slice(slot.NameStart, slot.PrefixLength);
    }

    public readonly ReadOnlySpan<byte> AttributeLocalName(int index) => LocalOf(in Slot(index));

    /// <summary>The attribute's namespace; empty for one without a prefix.</summary>
    public readonly ReadOnlySpan<byte> AttributeNamespaceUri(int index) => UriOf(Slot(index).Namespace);

    public readonly XmlAttributeValue AttributeValue(int index)
    {
        ref readonly var slot = ref Slot(index);
        return new XmlAttributeValue(_document.Slice(slot.ValueStart, slot.ValueLength), slot.IsPlain);
    }

    /// <summary>The attribute of that name in no namespace.</summary>
    public readonly bool TryGetAttribute(ReadOnlySpan<byte> local, out XmlAttributeValue value) => TryGetAttribute(local, default, out value);

    /// <summary>The attribute of that name in that namespace; <c>xml:lang</c> is <c>lang</c> in <c>http://www.w3.org/XML/1998/namespace</c>.</summary>
    public readonly bool TryGetAttribute(ReadOnlySpan<byte> local, ReadOnlySpan<byte> ns, out XmlAttributeValue value)
    {
        var slots = AttributesRead[.._attributes];
        for (var i = 0; i < slots.Length; i++)
        {
            if (!LocalOf(in slots[i]).SequenceEqual(local) || !UriOf(slots[i].Namespace).SequenceEqual(ns))
                continue;
            value = AttributeValue(i);
            return true;
        }

        value = default;
        return false;
    }

    internal readonly XmlTree.AttributeNode Attribute(int index)
    {
        ref readonly var slot = ref Slot(index);
        return new XmlTree.AttributeNode
        {
            NameStart = slot.NameStart,
            PrefixLength = slot.PrefixLength,
            LocalStart = slot.LocalStart,
            LocalLength = slot.LocalLength,
            ValueStart = slot.ValueStart,
            ValueLength = slot.ValueLength,
            IsPlain = slot.IsPlain,
        };
    }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private readonly ref readonly AttributeSlot Slot(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_attributes, nameof(index));
        return ref AttributesRead[index];
    }
}
