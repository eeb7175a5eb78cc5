using System.Buffers;
using System.Text;

namespace Parley.Protocol.Xml;

/// <summary>What the reader stands on.</summary>
public enum XmlTokenType
{
    None,
    StartElement,
    EndElement,

    /// <summary>A run of text or one CDATA section; text next to each other may come in several tokens.</summary>
    Text,
}

/// <summary>Reads one whole document, strictly, without copying: well-formed XML 1.0 (fifth edition) with namespaces, minus what
/// RFC 6120 §11.1 forbids.</summary>
/// <remarks>Pass it by reference: a copy reads on by itself. Faults are a <see cref="Streams.StreamException"/> with not-well-formed, restricted-xml,
/// or policy-violation (more than 128 namespace declarations in scope). Depth and size are bounded by <see cref="StanzaScanner"/>, not here.</remarks>
public ref partial struct Utf8XmlReader
{
    private static readonly SearchValues<byte> TextStops = SearchValues.Create("<&>\r"u8);
    private static readonly SearchValues<byte> ValueStops = SearchValues.Create("<&'\"\t\r\n"u8);
    private static readonly SearchValues<byte> NotPlainInCdata = SearchValues.Create("<&>\r"u8);

    private readonly ReadOnlySpan<byte> _document;
    private readonly XmlNamespaces? _outer;
    private readonly bool _openTagOnly;
    private int _position;
    private int _open;
    private int _declarations;
    private int _attributes;
    private bool _rootSeen;
    private int _textStart;
    private int _textLength;
    private int _clearedDepth;
    private InlineOpenTags _inlineOpen;
    private InlineDeclarations _inlineDeclarations;
    private InlineAttributes _inlineAttributes;
    private OpenTag[]? _moreOpen;
    private Declaration[]? _moreDeclarations;
    private AttributeSlot[]? _moreAttributes;

    /// <summary>Stands before the first token.</summary>
    /// <param name="document">One element with all its content, and white space around it; no XML declaration.</param>
    /// <param name="outer">Declarations in scope around it.</param>
    /// <param name="openTagOnly">The document is a lone start tag, that of a stream header.</param>
    /// <exception cref="Streams.StreamException">not-well-formed: it holds bytes that are no UTF-8, or characters that XML forbids.</exception>
    public Utf8XmlReader(ReadOnlySpan<byte> document, XmlNamespaces? outer = null, bool openTagOnly = false)
    {
        if (!XmlCharacters.IsAllowed(document))
            XmlErrors.NotWellFormed("a character that XML forbids, or no UTF-8");
        _document = document;
        _outer = outer;
        _openTagOnly = openTagOnly;
    }

    public XmlTokenType TokenType { get; private set; }

    /// <summary>Elements around the token: 0 for the root's own tags, 1 for what it contains.</summary>
    public readonly int Depth => TokenType is XmlTokenType.StartElement or XmlTokenType.EndElement ? _open - 1 : _open;

    /// <summary>Whether the start tag is <c>&lt;a/></c>. An <see cref="XmlTokenType.EndElement"/> follows all the same.</summary>
    public bool IsEmptyElement { get; private set; }

    /// <summary>Where the token's markup begins in the document; for the end of an empty element, where its tag ends.</summary>
    public int TokenStart { get; private set; }

    /// <summary>Where the token's markup ends in the document.</summary>
    public readonly int TokenEnd => _position;

    /// <summary>The element's prefix; empty for none.</summary>
    public ReadOnlySpan<byte> Prefix { get; private set; }

    public ReadOnlySpan<byte> LocalName { get; private set; }

    /// <summary>The element's namespace, decoded; empty for none.</summary>
    public ReadOnlySpan<byte> NamespaceUri { get; private set; }

    /// <summary>The text token as it stands in the document, a CDATA section without its brackets.</summary>
    public readonly ReadOnlySpan<byte> RawText => _document.Slice(_textStart, _textLength);

    /// <summary>Whether <see cref="RawText"/> is the text and can be copied into an element as it is.</summary>
    public bool TextIsPlain { get; private set; }

    /// <summary>Whether a name since <see cref="ClearUsedOuter"/> resolved through a prefix that was declared at or above the depth given there.</summary>
    public bool UsedOuterPrefix { get; private set; }

    /// <summary>Whether an element without a prefix since <see cref="ClearUsedOuter"/> took its namespace, or having none, from there.</summary>
    public bool UsedOuterDefault { get; private set; }

    /// <summary>Starts to watch which names lean on declarations made at <paramref name="depth"/> or further out. 0 is the root itself.</summary>
    /// <remarks>A start tag's names are resolved by the <see cref="Read"/> that reaches it: clear before that.</remarks>
    public void ClearUsedOuter(int depth = 0)
    {
        UsedOuterPrefix = false;
        UsedOuterDefault = false;
        _clearedDepth = depth;
    }

    public readonly bool NameIs(ReadOnlySpan<byte> local, ReadOnlySpan<byte> ns) => LocalName.SequenceEqual(local) && NamespaceUri.SequenceEqual(ns);

    public readonly bool NameIs(XmlName name) => NameIs(name.LocalUtf8, name.NamespaceUtf8);

    internal bool IsCdata { get; private set; }

    internal readonly (int Start, int Length) TextRange => (_textStart, _textLength);

    internal readonly (int Start, int Length) LocalNameRange =>
        (TokenStart + 1 + (Prefix.IsEmpty ? 0 : Prefix.Length + 1), LocalName.Length);

    /// <summary>Goes to the next token; false at the end of the document, which is then known to be whole.</summary>
    public bool Read()
    {
        if (TokenType == XmlTokenType.StartElement && IsEmptyElement && !_openTagOnly)
        {
            IsEmptyElement = false;
            TokenType = XmlTokenType.EndElement;
            TokenStart = _position;
            _attributes = 0;
            return true;
        }

        if (TokenType == XmlTokenType.EndElement)
            Leave();
        TokenStart = _position;
        _attributes = 0;
        if (_open == 0 || (_openTagOnly && _rootSeen))
            return ReadOutside();
        if (_position == _document.Length)
            XmlErrors.NotWellFormed("an element without an end");
        if (_document[_position] != '<')
            ReadText();
        else if (Peek(1) == '/')
            ReadEndTag();
        else if (Peek(1) == '!')
            ReadCdata();
        else
            ReadStartTag();
        return true;
    }

    /// <summary>From a start tag, goes to its end tag; from elsewhere, stays.</summary>
    public void Skip()
    {
        if (TokenType != XmlTokenType.StartElement)
            return;
        var depth = Depth;
        while (Read())
        {
            if (TokenType == XmlTokenType.EndElement && Depth == depth)
                return;
        }
    }

    /// <summary>The text token decoded: references resolved, line ends normalised (XML 1.0 §2.11).</summary>
    public readonly string GetText()
    {
        if (TextIsPlain)
            return Encoding.UTF8.GetString(RawText);
        var decoded = new byte[_textLength];
        return Encoding.UTF8.GetString(decoded, 0, DecodeText(decoded));
    }

    /// <summary>Writes the text token decoded, and returns its length, which is at most that of <see cref="RawText"/>.</summary>
    public readonly int DecodeText(Span<byte> destination) => IsCdata
        ? XmlReferences.DecodeLineEnds(RawText, destination)
        : XmlReferences.Decode(RawText, destination, inAttribute: false);

    private readonly byte Peek(int offset) => _position + offset < _document.Length ? _document[_position + offset] : (byte)0;

    private bool ReadOutside()
    {
        _position = XmlCharacters.SkipAll(_document, _position, XmlCharacters.Space);
        TokenStart = _position;
        if (_position == _document.Length)
        {
            if (!_rootSeen)
                XmlErrors.NotWellFormed("a document without a root");
            TokenType = XmlTokenType.None;
            return false;
        }

        if (_document[_position] != '<')
            XmlErrors.NotWellFormed("text outside the root");
        if (Peek(1) == '!' && Peek(2) != '[')
            XmlErrors.Restricted("comments and declarations are forbidden");
        if (Peek(1) == '?')
            XmlErrors.Restricted("processing instructions are forbidden");
        if (_rootSeen)
            XmlErrors.NotWellFormed("markup behind the root");
        _rootSeen = true;
        ReadStartTag();
        return true;
    }

    private void ReadText()
    {
        TokenType = XmlTokenType.Text;
        TextIsPlain = true;
        IsCdata = false;
        var i = _position;
        while (true)
        {
            var next = _document[i..].IndexOfAny(TextStops);
            if (next < 0)
                XmlErrors.NotWellFormed("an element without an end");
            i += next;
            var stop = _document[i];
            if (stop == '<')
                break;
            if (stop == '>')
            {
                if (i - _position >= 2 && _document[i - 1] == ']' && _document[i - 2] == ']')
                    XmlErrors.NotWellFormed("']]>' in text");
                i++;
                continue;
            }

            TextIsPlain = false;
            i += stop == '&' ? XmlReferences.Measure(_document, i, out _) : 1;
        }

        _textStart = _position;
        _textLength = i - _position;
        _position = i;
    }

    private void ReadCdata()
    {
        var rest = _document[_position..];
        if (!rest.StartsWith("<![CDATA["u8))
        {
            if (Peek(2) == '[')
                XmlErrors.NotWellFormed("a bad CDATA section");
            XmlErrors.Restricted("comments and declarations are forbidden");
        }

        var length = rest[9..].IndexOf("]]>"u8);
        if (length < 0)
            XmlErrors.NotWellFormed("a CDATA section without an end");
        TokenType = XmlTokenType.Text;
        IsCdata = true;
        _textStart = _position + 9;
        _textLength = length;
        TextIsPlain = !RawText.ContainsAny(NotPlainInCdata);
        _position += length + 12;
    }

    private void ReadEndTag()
    {
        ref var tag = ref OpenTags[_open - 1];
        var name = _document.Slice(tag.NameStart, tag.NameLength);
        var i = _position + 2;
        if (!_document[i..].StartsWith(name))
            XmlErrors.NotWellFormed("an end tag does not match its start tag");
        i = XmlCharacters.SkipAll(_document, i + name.Length, XmlCharacters.Space);
        if (i == _document.Length || _document[i] != '>')
            XmlErrors.NotWellFormed("an end tag does not match its start tag");
        _position = i + 1;
        TokenType = XmlTokenType.EndElement;
        IsEmptyElement = false;
        SetName(in tag);
        NamespaceUri = UriOf(tag.Namespace);
    }

    private void Leave()
    {
        _open--;
        _declarations = OpenTags[_open].DeclarationsBefore;
    }

    private void SetName(ref readonly OpenTag tag)
    {
        var name = _document.Slice(tag.NameStart, tag.NameLength);
        Prefix = name[..tag.PrefixLength];
        LocalName = tag.PrefixLength == 0 ? name : name[(tag.PrefixLength + 1)..];
    }
}
