namespace Parley.Load.Connections;

/// <summary>Looks into an element that is kept as text, as far as a load tool has to.</summary>
internal static class ElementText
{
    /// <summary>An attribute of the element's own open tag; null where it has none.</summary>
    public static string? Attribute(string element, string name)
    {
        var openTag = element[..(element.IndexOf('>') + 1)];
        var at = openTag.IndexOf($" {name}=", StringComparison.Ordinal);
        if (at < 0)
            return null;
        var value = at + name.Length + 3;
        return openTag[value..openTag.IndexOf(openTag[value - 1], value)];
    }

    /// <summary>What is between the element's open and close tag, without white space around it.</summary>
    public static string Content(string element)
    {
        var start = element.IndexOf('>') + 1;
        var end = element.LastIndexOf("</", StringComparison.Ordinal);
        return end < start ? "" : element[start..end].Trim();
    }

    /// <summary>The first element of a name within another one; null where there is none. No element of the same name may be inside it.</summary>
    public static string? Find(string element, string name)
    {
        for (var at = 0; (at = element.IndexOf("<" + name, at, StringComparison.Ordinal)) >= 0; at++)
        {
            var behind = element[at + name.Length + 1];
            if (behind is not ('>' or '/' or ' '))
                continue;
            var tag = element.IndexOf('>', at);
            if (element[tag - 1] == '/')
                return element[at..(tag + 1)];
            var close = $"</{name}>";
            return element[at..(element.IndexOf(close, tag, StringComparison.Ordinal) + close.Length)];
        }

        return null;
    }
}
