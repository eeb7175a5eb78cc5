namespace Parley.Load.Connections;

/// <summary>Looks into an element's bytes, as far as a load tool has to.</summary>
internal static class ElementBytes
{
    /// <summary>The value of an attribute of the element's own open tag as it stands there; empty where it has none.</summary>
    /// <param name="element">The element, beginning with its open tag.</param>
    /// <param name="name">The name with a space before it and an equals sign behind.</param>
    public static ReadOnlySpan<byte> Attribute(ReadOnlySpan<byte> element, ReadOnlySpan<byte> name)
    {
        var openTag = element[..ElementScanner.TagEnd(element, 0)];
        var at = openTag.IndexOf(name);
        if (at < 0)
            return default;
        var quote = openTag[at + name.Length];
        var value = openTag[(at + name.Length + 1)..];
        return value[..value.IndexOf(quote)];
    }
}
