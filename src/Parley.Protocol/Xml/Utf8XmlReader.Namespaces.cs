using System.Runtime.CompilerServices;

namespace Parley.Protocol.Xml;

public ref partial struct Utf8XmlReader
{
    // Prefixes are looked for one after the other; with this bound a name costs no more than a few hundred bytes of comparing.
    private const int MaxDeclarations = 128;

    // Up to here every pair is compared; a set takes over where that would no longer be linear.
    private const int MaxComparedPairwise = 12;

    // A namespace within the reader: an index of a declaration from 1 on, or one of these; outer declarations run from -2 down.
    private const int NoNamespace = 0;
    private const int XmlNamespace = -1;
    private const int FirstOuter = -2;

    private static ReadOnlySpan<byte> XmlUri => "http://www.w3.org/XML/1998/namespace"u8;

    private static ReadOnlySpan<byte> XmlnsUri => "http://www.w3.org/2000/xmlns/"u8;

    /// <summary>The declarations in scope at the current start tag, for the fragments that will follow inside it.</summary>
    public readonly XmlNamespaces NamespacesInScope()
    {
        var found = new List<(byte[] Prefix, byte[] Uri)>();
        for (var i = _declarations - 1; i >= 0; i--)
            Add(found, PrefixOf(in DeclarationsRead[i]).ToArray(), UriOf(i + 1).ToArray());
        for (var i = 0; i < _outer?.Count; i++)
            Add(found, _outer[i].Prefix, _outer[i].Uri);
        return new XmlNamespaces([.. found]);

        static void Add(List<(byte[] Prefix, byte[] Uri)> found, byte[] prefix, byte[] uri)
        {
            if (!found.Exists(other => other.Prefix.AsSpan().SequenceEqual(prefix)))
                found.Add((prefix, uri));
        }
    }

    /// <summary>A namespace declaration; the rules of Namespaces in XML 1.0 §3 for reserved prefixes and names.</summary>
    private void Declare(ref readonly AttributeSlot slot)
    {
        var prefix = slot.PrefixLength == 0 ? default : _document.Slice(slot.LocalStart, slot.LocalLength);
        var value = new XmlAttributeValue(_document.Slice(slot.ValueStart, slot.ValueLength), slot.IsPlain);
        var decoded = slot.IsPlain ? null : value.ToUtf8();
        var uri = decoded is null ? value.Raw : decoded;
        if (slot.PrefixLength > 0 && uri.IsEmpty)
            XmlErrors.NotWellFormed("a prefix without a namespace");
        if (prefix.SequenceEqual("xmlns"u8) || uri.SequenceEqual(XmlnsUri) || prefix.SequenceEqual("xml"u8) != uri.SequenceEqual(XmlUri))
            XmlErrors.NotWellFormed("a reserved prefix or namespace");
        for (var i = OpenTags[_open - 1].DeclarationsBefore; i < _declarations; i++)
        {
            if (PrefixOf(in Declarations[i]).SequenceEqual(prefix))
                XmlErrors.NotWellFormed("a prefix declared twice");
        }

        if (_declarations == MaxDeclarations)
            XmlErrors.PolicyViolation($"more than {MaxDeclarations} namespace declarations");
        WithRoom(Declarations, _declarations, ref _moreDeclarations)[_declarations++] = new Declaration
        {
            PrefixStart = slot.LocalStart,
            PrefixLength = prefix.Length,
            UriStart = slot.ValueStart,
            UriLength = slot.ValueLength,
            Depth = _open - 1,
            Decoded = decoded,
        };
    }

    private void ResolveNames()
    {
        var ns = Resolve(Prefix);
        OpenTags[_open - 1].Namespace = ns;
        NamespaceUri = UriOf(ns);
        if (_attributes == 0)
            return;
        var slots = AttributeSlots[.._attributes];
        var anyPrefix = false;
        foreach (ref var slot in slots)
        {
            if (slot.PrefixLength == 0)
                continue;
            slot.Namespace = Resolve(_document.Slice(slot.NameStart, slot.PrefixLength));
            anyPrefix = true;
        }

        if (slots.Length > MaxComparedPairwise)
            RefuseEqualNames();
        else if (slots.Length > 1)
            ComparePairwise(slots, anyPrefix);
    }

    private readonly void ComparePairwise(ReadOnlySpan<AttributeSlot> slots, bool anyPrefix)
    {
        for (var i = 1; i < slots.Length; i++)
        {
            var name = LocalOf(in slots[i]);
            for (var j = 0; j < i; j++)
            {
                if (name.SequenceEqual(LocalOf(in slots[j])) && (!anyPrefix || SameNamespace(in slots[i], in slots[j])))
                    XmlErrors.NotWellFormed("an attribute given twice");
            }
        }
    }

    /// <summary>Linear in the number of attributes, whatever their names: the hash is seeded per process.</summary>
    private readonly void RefuseEqualNames()
    {
        var slots = AttributesRead[.._attributes];
        var buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)slots.Length * 2)];
        for (var i = 0; i < slots.Length; i++)
        {
            var name = LocalOf(in slots[i]);
            var hash = default(HashCode);
            hash.AddBytes(name);
            var at = hash.ToHashCode() & (buckets.Length - 1);
            for (; buckets[at] > 0; at = (at + 1) & (buckets.Length - 1))
            {
                ref readonly var other = ref slots[buckets[at] - 1];
                if (name.SequenceEqual(LocalOf(in other)) && SameNamespace(in slots[i], in other))
                    XmlErrors.NotWellFormed("an attribute given twice");
            }

            buckets[at] = i + 1;
        }
    }

    private readonly ReadOnlySpan<byte> LocalOf(scoped ref readonly AttributeSlot slot) => _document.Slice(slot.LocalStart, slot.LocalLength);

    private readonly bool SameNamespace(scoped ref readonly AttributeSlot a, scoped ref readonly AttributeSlot b) =>
        a.Namespace == b.Namespace || UriOf(a.Namespace).SequenceEqual(UriOf(b.Namespace));

    /// <summary>The namespace of a prefix, or of elements without one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Resolve(ReadOnlySpan<byte> prefix)
    {
        var declarations = Declarations;
        for (var i = _declarations - 1; i >= 0; i--)
        {
            if (!PrefixOf(in declarations[i]).SequenceEqual(prefix))
                continue;
            if (declarations[i].Depth <= _clearedDepth)
                NoteOuter(prefix);
            return i + 1;
        }

        return ResolveOuter(prefix);
    }

    private int ResolveOuter(ReadOnlySpan<byte> prefix)
    {
        if (prefix.SequenceEqual("xml"u8))
            return XmlNamespace;
        NoteOuter(prefix);
        var index = _outer?.IndexOf(prefix) ?? -1;
        if (index >= 0)
            return FirstOuter - index;
        if (!prefix.IsEmpty)
            XmlErrors.NotWellFormed("a prefix that is not declared");
        return NoNamespace;
    }

    private void NoteOuter(ReadOnlySpan<byte> prefix)
    {
        if (prefix.IsEmpty)
            UsedOuterDefault = true;
        else
            UsedOuterPrefix = true;
    }

    private readonly ReadOnlySpan<byte> PrefixOf(scoped ref readonly Declaration declaration) => _document.Slice(declaration.PrefixStart, declaration.PrefixLength);

    private readonly ReadOnlySpan<byte> UriOf(int ns)
    {
        switch (ns)
        {
            case NoNamespace:
                return default;
            case XmlNamespace:
                return XmlUri;
            case <= FirstOuter:
                return _outer![FirstOuter - ns].Uri;
            default:
                ref readonly var declaration = ref DeclarationsRead[ns - 1];
                return declaration.Decoded ?? _document.Slice(declaration.UriStart, declaration.UriLength);
        }
    }
}
