using System.Text;

namespace Parley.Protocol.Tests.Xml;

/// <summary>Turns any bytes into a well-formed document: each byte decides what comes next, so that fewer bytes are a smaller document.</summary>
internal sealed class DocumentTape
{
    private static readonly string[] Names = ["a", "b", "body", "x-1", "_", "A.b", "long-name-of-an-element"];
    private static readonly string[] Prefixes = ["", "p", "q", "r2"];
    private static readonly string[] Uris = ["u", "jabber:client", "u&amp;v", "&#117;", "ü", " w "];
    private static readonly string[] Pieces =
    [
        "text", " ", "\n", "\r\n", "\r", "\t", "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#9;", "&#xA;", "&#13;", "é", "日本", "𝄞", "&#x1D11E;", "]]", "]", ">",
        "\u0085", "\uFFFD", "=", "/",
    ];

    private readonly byte[] _tape;
    private readonly StringBuilder _document = new();
    private int _at;

    private DocumentTape(byte[] tape) => _tape = tape;

    public static byte[] Write(byte[] tape)
    {
        var writer = new DocumentTape(tape);
        writer.Element(["xml"], 0);
        return Encoding.UTF8.GetBytes(writer._document.ToString());
    }

    private int Next(int below) => _at < _tape.Length ? _tape[_at++] % below : 0;

    private void Element(List<string> scope, int depth)
    {
        var prefix = Prefixes[Next(Prefixes.Length)];
        var declared = new HashSet<string>();
        var tag = new StringBuilder();
        if (prefix.Length > 0 && !scope.Contains(prefix))
            Declare(prefix);
        for (var i = Next(3); i > 0; i--)
            Declare(Prefixes[Next(Prefixes.Length)]);

        // Names differ between prefixes, for two prefixes may stand for one namespace.
        var used = new HashSet<string>();
        for (var i = Next(5); i > 0; i--)
        {
            var of = Next(4) == 0 ? scope[Next(scope.Count)] : "";
            var name = Names[Next(Names.Length)];
            if (!used.Add(name))
                continue;
            var quote = Next(2) == 0 ? '\'' : '"';
            tag.Append(Space()).Append(of.Length > 0 ? of + ":" : "").Append(name).Append(Next(9) == 8 ? " = " : "=")
                .Append(quote).Append(Text(attribute: true)).Append(quote);
        }

        var qualified = (prefix.Length > 0 ? prefix + ":" : "") + Names[Next(Names.Length)];
        _document.Append('<').Append(qualified).Append(tag);
        var children = depth > 6 ? 0 : Next(4);
        if (children == 0 && Next(2) == 0)
        {
            _document.Append(Next(3) == 0 ? " />" : "/>");
            return;
        }

        _document.Append('>').Append(Text(attribute: false));
        for (; children > 0; children--)
        {
            Element([.. scope], depth + 1);
            _document.Append(Next(3) == 0 ? $"<![CDATA[{Cdata()}]]>" : Text(attribute: false));
        }

        _document.Append("</").Append(qualified).Append(Next(5) == 4 ? "\n>" : ">");

        void Declare(string newPrefix)
        {
            if (!declared.Add(newPrefix))
                return;
            tag.Append(Space()).Append(newPrefix.Length > 0 ? "xmlns:" + newPrefix : "xmlns").Append("='").Append(Uris[Next(Uris.Length)]).Append('\'');
            if (newPrefix.Length > 0)
                scope.Add(newPrefix);
        }
    }

    private string Space() => Next(6) switch { 5 => "\r\n\t", 4 => "  ", _ => " " };

    private string Cdata() => Text(attribute: true).Replace("]]", "] ") + (Next(4) == 3 ? "<&]" : "");

    private string Text(bool attribute)
    {
        var text = new StringBuilder();
        for (var i = Next(5); i > 0; i--)
        {
            var piece = Pieces[Next(Pieces.Length)];
            // "]]>" has no place in text.
            if (attribute || piece != ">" || text.Length == 0 || text[^1] != ']')
                text.Append(piece);
        }

        return text.ToString();
    }
}
