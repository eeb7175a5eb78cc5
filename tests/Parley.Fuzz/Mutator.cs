namespace Parley.Fuzz;

/// <summary>Makes new inputs of old ones.</summary>
public sealed class Mutator(IReadOnlyList<byte[]> corpus, IReadOnlyList<byte[]> pieces, Random random)
{
    /// <summary>Pieces of XML that go wrong best.</summary>
    public static IReadOnlyList<byte[]> XmlPieces { get; } =
    [
        .. new[]
        {
            "<", ">", "</", "/>", "'", "\"", "=", "&", ";", "&amp;", "&lt;", "&#9;", "&#0;", "&#x10FFFF;", "&#xD800;", "&#xFFFE;", "&nope;",
            "<![CDATA[", "]]>", "]]", "<!--", "-->", "<!DOCTYPE a>", "<?xml version='1.0'?>", "<?a?>", "xmlns=''", " xmlns='u'", " xmlns:p='u'",
            " xmlns:q='u'", " p:a='1'", " q:a='1'", " xml:lang='en'", "xmlns:xml='http://www.w3.org/XML/1998/namespace'", "http://www.w3.org/2000/xmlns/",
            "p:", ":", "\r\n", "\r", "\n", "\t", " ", "é", "\u0300", "\u00B7", "𝄞", "\uFFFD", "\u007F", "\u0085", "\u2028",
            "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'>", "</stream:stream>", "<a/>", "<p:a xmlns:p='u'/>",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
        [0], [0xFF], [0xFE, 0xFF], [0xEF, 0xBB, 0xBF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xEF, 0xBF, 0xBE], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0x0B],
    ];

    public byte[] Next()
    {
        var bytes = corpus[random.Next(corpus.Count)].ToList();
        for (var i = random.Next(0, 5); i >= 0; i--)
            Mutate(bytes);
        return [.. bytes];
    }

    private void Mutate(List<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(7))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 12), bytes.Count - at));
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                break;
            case 4:
                var other = corpus[random.Next(corpus.Count)];
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, random.Next(Math.Min(60, other.Length - from))).ToArray());
                break;
            default:
                bytes.InsertRange(at, pieces[random.Next(pieces.Count)]);
                break;
        }
    }
}
