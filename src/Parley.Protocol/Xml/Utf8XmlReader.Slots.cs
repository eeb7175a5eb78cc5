using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Parley.Protocol.Xml;

public ref partial struct Utf8XmlReader
{
    [UnscopedRef]
    private Span<OpenTag> OpenTags => _moreOpen is null ? _inlineOpen : _moreOpen;

    [UnscopedRef]
    private Span<Declaration> Declarations => _moreDeclarations is null ? _inlineDeclarations : _moreDeclarations;

    [UnscopedRef]
    private Span<AttributeSlot> AttributeSlots => _moreAttributes is null ? _inlineAttributes : _moreAttributes;

    [UnscopedRef]
    private readonly ReadOnlySpan<Declaration> DeclarationsRead => _moreDeclarations is null ? _inlineDeclarations : _moreDeclarations;

    [UnscopedRef]
    private readonly ReadOnlySpan<AttributeSlot> AttributesRead => _moreAttributes is null ? _inlineAttributes : _moreAttributes;

    /// <summary>The slots, with room for one more; beyond the ones on the stack they move to an array that doubles.</summary>
    private static Span<T> WithRoom<T>(Span<T> slots, int count, ref T[]? more)
    {
        if (count < slots.Length)
            return slots;
        var grown = new T[slots.Length * 2];
        slots.CopyTo(grown);
        return more = grown;
    }

    private struct OpenTag
    {
        public int NameStart;
        public int PrefixLength;
        public int NameLength;

        // Declarations in scope before the tag's own.
        public int DeclarationsBefore;
        public int Namespace;
    }

    private struct Declaration
    {
        public int PrefixStart;
        public int PrefixLength;
        public int UriStart;
        public int UriLength;
        public int Depth;

        // The namespace where its value needed decoding.
        public byte[]? Decoded;
    }

    private struct AttributeSlot
    {
        public int NameStart;
        public int PrefixLength;
        public int NameLength;
        public int ValueStart;
        public int ValueLength;
        public int Namespace;
        public bool IsPlain;

        public readonly int LocalStart => PrefixLength == 0 ? NameStart : NameStart + PrefixLength + 1;

        public readonly int LocalLength => PrefixLength == 0 ? NameLength : NameLength - PrefixLength - 1;
    }

    [InlineArray(12)]
    private struct InlineOpenTags
    {
        private OpenTag _first;
    }

    [InlineArray(8)]
    private struct InlineDeclarations
    {
        private Declaration _first;
    }

    [InlineArray(12)]
    private struct InlineAttributes
    {
        private AttributeSlot _first;
    }
}
