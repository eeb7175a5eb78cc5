namespace Parley.Load.Connections;

/// <summary>
/// Finds where the next piece of a stream ends: a declaration, the stream's open or close tag, or one whole element.
/// It trusts the server to send well-formed XML without comments.
/// </summary>
internal static class ElementScanner
{
    private static ReadOnlySpan<byte> StreamTag => "<stream:stream"u8;

    /// <summary>The number of bytes up to the end of the first piece, white space before it included; 0 while it is incomplete.</summary>
    public static int Measure(ReadOnlySpan<byte> bytes)
    {
        var at = bytes.IndexOf((byte)'<');
        if (at < 0)
            return 0;
        var first = bytes[at..];
        if (first.StartsWith("<?"u8) || first.StartsWith("</"u8) || first.StartsWith(StreamTag))
            return TagEnd(bytes, at);

        var depth = 0;
        while (at >= 0 && at + 1 < bytes.Length)
        {
            var end = TagEnd(bytes, at);
            if (end == 0)
                return 0;
            if (bytes[at + 1] == (byte)'/')
                depth--;
            else if (bytes[end - 2] != (byte)'/')
                depth++;
            if (depth == 0)
                return end;
            var next = bytes[end..].IndexOf((byte)'<');
            at = next < 0 ? -1 : end + next;
        }

        return 0;
    }

    /// <summary>The position behind the tag that begins at <paramref name="at"/>; 0 while it is incomplete.</summary>
    public static int TagEnd(ReadOnlySpan<byte> bytes, int at)
    {
        while (at < bytes.Length)
        {
            var stop = bytes[at..].IndexOfAny((byte)'>', (byte)'"', (byte)'\'');
            if (stop < 0)
                return 0;
            at += stop;
            if (bytes[at] == (byte)'>')
                return at + 1;
            var close = bytes[(at + 1)..].IndexOf(bytes[at]);
            if (close < 0)
                return 0;
            at += close + 2;
        }

        return 0;
    }
}
