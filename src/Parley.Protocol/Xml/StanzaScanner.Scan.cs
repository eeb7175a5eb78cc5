namespace Parley.Protocol.Xml;

public sealed partial class StanzaScanner
{
    private const int SmallStack = 8;

    private State _state;
    private byte _marksSeen;
    private bool _markDone;
    private int _position;
    private int _nameStart;
    private int _attributes;
    private int _depth;

    // Where the name of each open element begins in the token.
    private int[] _open = [];
    private byte[]? _root;

    private enum State : byte
    {
        Markup,
        TagOpen,
        OpenName,
        BetweenAttributes,
        AttributeName,
        AfterAttributeName,
        BeforeValue,
        SingleQuoted,
        DoubleQuoted,
        AfterValue,
        EmptyTag,
        Text,
        CloseNameStart,
        CloseName,
        AfterCloseName,
        Bang,
        CdataOpen,
        Cdata,
        Declaration,
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static ReadOnlySpan<byte> CdataStart => "<![CDATA["u8;

    private void BeginToken()
    {
        _state = State.Markup;
        _position = 0;
        _depth = 0;
    }

    private void BecomeIdle()
    {
        if (_open.Length > SmallStack)
            _open = [];
    }

    /// <summary>Byte order mark and white space in front of a token; then a token must begin.</summary>
    private void SkipBetweenTokens(scoped ref ReadOnlySpan<byte> input)
    {
        if (_phase == Phase.Start && !_markDone)
            SkipByteOrderMark(ref input);
        var blank = XmlCharacters.SkipAll(input, 0, XmlCharacters.Space);
        if (blank > 0)
        {
            input = input[blank..];
            // Keep-alives of the stream before may still trickle in ahead of a restarted one; a document has none.
            if (_phase == Phase.Start && _mode == ScannerMode.Document)
                _phase = Phase.Content;
        }

        if (!input.IsEmpty && input[0] != '<')
            RefuseText(input[0]);
    }

    private void SkipByteOrderMark(scoped ref ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty && !_markDone)
        {
            if (input[0] != ByteOrderMark[_marksSeen])
            {
                // No UTF-8 begins so, but the marks of UTF-16 and UTF-32 do, and their text where it is ASCII.
                if (_marksSeen == 0 && input[0] is 0xFE or 0xFF or 0)
                    XmlErrors.UnsupportedEncoding();
                if (_marksSeen > 0)
                    XmlErrors.NotWellFormed("text before the root");
                _markDone = true;
                return;
            }

            input = input[1..];
            _markDone = ++_marksSeen == ByteOrderMark.Length;
        }
    }

    private void RefuseText(byte first)
    {
        // Within the stream text is well-formed, but no schema of XMPP has a place for it (RFC 6120 §4.9.3.8, invalid-xml);
        // outside a root element XML itself has none.
        if (_phase == Phase.Content && _mode == ScannerMode.Stream && first >= 0x20)
            XmlErrors.InvalidXml("text between stanzas");
        XmlErrors.NotWellFormed("text outside an element");
    }

    /// <summary>Goes on at <see cref="_position"/>; true when the token ends there.</summary>
    private bool Scan(ReadOnlySpan<byte> data)
    {
        var i = _position;
        while (i < data.Length)
        {
            var b = data[i];
            switch (_state)
            {
                case State.Text:
                    var lt = data[i..].IndexOf((byte)'<');
                    if (lt < 0)
                        return Pause(data.Length);
                    i += lt + 1;
                    _state = State.TagOpen;
                    break;

                case State.Markup:
                    i++;
                    _state = State.TagOpen;
                    break;

                case State.TagOpen:
                    _nameStart = i;
                    OpenMarkup(b);
                    if (_state != State.OpenName)
                        i++;
                    break;

                case State.OpenName:
                    i = XmlCharacters.SkipAll(data, i, XmlCharacters.Name);
                    if (i == data.Length)
                        return Pause(i);
                    RefuseSecondRoot(data[_nameStart..i]);
                    AfterTagPart(data[i]);
                    break;

                case State.BetweenAttributes:
                    i = XmlCharacters.SkipAll(data, i, XmlCharacters.Space);
                    if (i == data.Length)
                        return Pause(i);
                    b = data[i];
                    if (XmlCharacters.Is(b, XmlCharacters.NameStart))
                    {
                        if (++_attributes > Limits.MaxAttributes)
                            XmlErrors.PolicyViolation($"more than {Limits.MaxAttributes} attributes");
                        _state = State.AttributeName;
                    }
                    else if (b == '>')
                    {
                        i++;
                        if (EndOpenTag())
                            return Complete(i);
                    }
                    else
                    {
                        RequireByte(b, (byte)'/');
                        i++;
                        _state = State.EmptyTag;
                    }

                    break;

                case State.AttributeName:
                    i = XmlCharacters.SkipAll(data, i, XmlCharacters.Name);
                    if (i == data.Length)
                        return Pause(i);
                    _state = State.AfterAttributeName;
                    break;

                case State.AfterAttributeName:
                    i++;
                    if (b == '=')
                        _state = State.BeforeValue;
                    else if (!XmlCharacters.Is(b, XmlCharacters.Space))
                        XmlErrors.NotWellFormed("an attribute without a value");
                    break;

                case State.BeforeValue:
                    i++;
                    if (b == '\'')
                        _state = State.SingleQuoted;
                    else if (b == '"')
                        _state = State.DoubleQuoted;
                    else if (!XmlCharacters.Is(b, XmlCharacters.Space))
                        XmlErrors.NotWellFormed("an attribute value without quotes");
                    break;

                case State.SingleQuoted:
                case State.DoubleQuoted:
                    var stop = data[i..].IndexOfAny(_state == State.SingleQuoted ? (byte)'\'' : (byte)'"', (byte)'<');
                    if (stop < 0)
                        return Pause(data.Length);
                    i += stop;
                    if (data[i] == '<')
                        XmlErrors.NotWellFormed("'<' in an attribute value");
                    i++;
                    _state = State.AfterValue;
                    break;

                case State.AfterValue:
                    AfterTagPart(b);
                    break;

                case State.EmptyTag:
                    RequireByte(b, (byte)'>');
                    i++;
                    if (EndElement())
                        return Complete(i);
                    break;

                case State.CloseNameStart:
                    _nameStart = i;
                    if (!XmlCharacters.Is(b, XmlCharacters.NameStart))
                        XmlErrors.NotWellFormed("an end tag without a name");
                    _state = State.CloseName;
                    break;

                case State.CloseName:
                    var end = XmlCharacters.SkipAll(data, i, XmlCharacters.Name);
                    MatchCloseName(data, i, end);
                    i = end;
                    if (i == data.Length)
                        return Pause(i);
                    _state = State.AfterCloseName;
                    break;

                case State.AfterCloseName:
                    i++;
                    if (b == '>')
                    {
                        if (EndCloseTag())
                            return Complete(i);
                    }
                    else if (!XmlCharacters.Is(b, XmlCharacters.Space))
                    {
                        XmlErrors.NotWellFormed("a bad end tag");
                    }

                    break;

                case State.Bang:
                    // RFC 6120 §11.1: no comments, no DTD; a CDATA section is the one thing left.
                    if (b != '[')
                        XmlErrors.Restricted("comments and declarations are forbidden");
                    if (_depth == 0)
                        RefuseText((byte)'[');
                    _state = State.CdataOpen;
                    i++;
                    break;

                case State.CdataOpen:
                    // _nameStart is where '!' stands.
                    RequireByte(b, CdataStart[i - _nameStart + 1]);
                    if (i++ - _nameStart + 2 == CdataStart.Length)
                        _state = State.Cdata;
                    break;

                case State.Cdata:
                    var gt = data[i..].IndexOf((byte)'>');
                    if (gt < 0)
                        return Pause(data.Length);
                    i += gt + 1;
                    if (data[i - 2] == ']' && data[i - 3] == ']')
                        _state = State.Text;
                    break;

                case State.Declaration:
                    i = Declaration(data, i, out var complete);
                    if (complete)
                        return Complete(i);
                    break;
            }
        }

        return Pause(i);
    }

    private bool Pause(int position)
    {
        _position = position;
        return false;
    }

    private bool Complete(int position)
    {
        _position = position;
        return true;
    }

    /// <summary>The byte after '&lt;'.</summary>
    private void OpenMarkup(byte b)
    {
        if (_phase == Phase.Start)
            _phase = b == '?' ? Phase.Declaration : HeaderOrContent;
        if (_phase == Phase.Closed)
            XmlErrors.NotWellFormed("markup after the stream's end");
        if (XmlCharacters.Is(b, XmlCharacters.NameStart))
            OpenElement();
        else if (b == '/')
            _state = _depth > 0 || _root is not null ? State.CloseNameStart : RefuseCloseTag();
        else if (b == '!')
            _state = State.Bang;
        else if (b == '?')
            _state = _phase == Phase.Declaration ? State.Declaration : RefuseInstruction();
        else if (b == 0 && _phase == HeaderOrContent && _root is null && _depth == 0)
            XmlErrors.UnsupportedEncoding();
        else
            XmlErrors.NotWellFormed("'<' without a name");
    }

    private static State RefuseCloseTag()
    {
        XmlErrors.NotWellFormed("an end tag without a start tag");
        return default;
    }

    private static State RefuseInstruction()
    {
        XmlErrors.Restricted("processing instructions are forbidden");
        return default;
    }

    private void OpenElement()
    {
        // The root of a stream is not a level of the stanzas in it, but it is a name that takes room here.
        if (_depth >= Limits.MaxDepth)
            XmlErrors.PolicyViolation($"more than {Limits.MaxDepth} levels");
        if (_depth == _open.Length)
            Array.Resize(ref _open, Math.Max(SmallStack, _depth * 2));
        _open[_depth++] = _nameStart;
        _attributes = 0;
        _state = State.OpenName;
    }

    private void RefuseSecondRoot(ReadOnlySpan<byte> name)
    {
        // Such an element would never end, and the peer wait for an answer for ever.
        if (_depth == 1 && _phase == Phase.Content && _root is not null && name.SequenceEqual(_root))
            XmlErrors.InvalidXml("a stream within the stream");
    }

    /// <summary>What follows a name or a value within a tag; the byte is looked at, and left for the next state.</summary>
    private void AfterTagPart(byte b)
    {
        if (b != '/' && b != '>' && !XmlCharacters.Is(b, XmlCharacters.Space))
            XmlErrors.NotWellFormed("no space between attributes");
        _state = State.BetweenAttributes;
    }

    private bool EndOpenTag()
    {
        _state = State.Text;
        return _phase == Phase.Header;
    }

    private bool EndElement()
    {
        _depth--;
        _state = State.Text;
        return _depth == 0;
    }

    private bool EndCloseTag()
    {
        if (_depth > 0)
            return EndElement();
        _phase = Phase.Closed;
        return true;
    }

    private void MatchCloseName(ReadOnlySpan<byte> data, int from, int to)
    {
        var done = from - _nameStart;
        var expected = _depth > 0 ? data[_open[_depth - 1]..] : _root;
        var part = data[from..to];
        var matches = done <= expected.Length && expected[done..].StartsWith(part);
        if (matches && to < data.Length)
        {
            var length = done + part.Length;
            matches = length == expected.Length || !XmlCharacters.Is(expected[length], XmlCharacters.Name);
        }

        if (!matches)
            XmlErrors.NotWellFormed("an end tag does not match its start tag");
    }

    private int Declaration(ReadOnlySpan<byte> data, int i, out bool complete)
    {
        complete = false;
        // _nameStart is where '?' stands; "xml" and a space must follow, else it is an instruction.
        for (; i < data.Length && i - _nameStart <= 4; i++)
        {
            var at = i - _nameStart;
            if (at < 4 ? data[i] != "?xml"u8[at] : !XmlCharacters.Is(data[i], XmlCharacters.Space))
                RefuseInstruction();
        }

        if (i == data.Length)
            return i;
        var gt = data[i..].IndexOfAny((byte)'>', (byte)'<');
        if (gt < 0)
            return data.Length;
        i += gt;
        if (data[i] == '<')
            XmlErrors.NotWellFormed("'<' in the XML declaration");
        i++;
        complete = data[i - 2] == '?';
        return i;
    }

    private static void RequireByte(byte actual, byte expected)
    {
        if (actual != expected)
            XmlErrors.NotWellFormed($"'{(char)expected}' expected");
    }

    private void RememberRoot(ReadOnlySpan<byte> tag)
    {
        var end = XmlCharacters.SkipAll(tag, 1, XmlCharacters.Name);
        var name = tag[1..end];
        _root = name.SequenceEqual(UsualRoot) ? UsualRoot : name.ToArray();
    }

    // Nearly every stream's root has this name; one array for all of them.
    private static readonly byte[] UsualRoot = [.. "stream:stream"u8];
}
