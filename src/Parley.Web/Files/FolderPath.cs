namespace Parley.Web.Files;

/// <summary>Which paths of a request may name something in a folder at all. What may not is answered as if it were not there.</summary>
internal static class FolderPath
{
    /// <summary>Whether each segment is a plain name: not empty, without a dot in front (hidden files, <c>..</c>, <c>..;</c>), backslash, colon or control character.</summary>
    /// <param name="path">The path within the folder, decoded once, beginning with a slash; the slash that ends a folder's path may be there.</param>
    internal static bool IsPlain(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty)
        {
            return true;
        }

        if (path[0] != '/')
        {
            return false;
        }

        var rest = path[1..];
        if (rest is [.., '/'])
        {
            rest = rest[..^1];
        }
        else if (rest.IsEmpty)
        {
            return true;
        }

        foreach (var segment in rest.Split('/'))
        {
            if (!IsName(rest[segment]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsName(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty || segment[0] == '.' || segment.ContainsAny('\\', ':'))
        {
            return false;
        }

        foreach (var c in segment)
        {
            if (char.IsControl(c))
            {
                return false;
            }
        }

        return true;
    }
}
