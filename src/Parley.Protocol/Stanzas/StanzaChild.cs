namespace Parley.Protocol.Stanzas;

/// <summary>Where a child element stands in a stanza's payload, and its name.</summary>
/// <param name="Start">The offset of its first byte in the payload.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="LocalName">The local name.</param>
/// <param name="NamespaceUri">The namespace name.</param>
public readonly record struct StanzaChild(int Start, int Length, ReadOnlyMemory<byte> LocalName, ReadOnlyMemory<byte> NamespaceUri)
{
    /// <summary>Whether the child has this name.</summary>
    public bool Is(ReadOnlySpan<byte> localName, ReadOnlySpan<byte> namespaceUri) =>
        LocalName.Span.SequenceEqual(localName) && NamespaceUri.Span.SequenceEqual(namespaceUri);
}
