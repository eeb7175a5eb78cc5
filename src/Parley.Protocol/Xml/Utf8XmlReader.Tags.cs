namespace Parley.Protocol.Xml;

public ref partial struct Utf8XmlReader
{
    private void ReadStartTag()
    {
        if (Peek(1) == '?')
            XmlErrors.Restricted("processing instructions are forbidden");
        var i = _position + 1;
        var tag = new OpenTag { NameStart = i, DeclarationsBefore = _declarations };
        i = ReadName(i, out tag.PrefixLength, out tag.NameLength);
        WithRoom(OpenTags, _open, ref _moreOpen)[_open] = tag;
        _open++;
        while (true)
        {
            var spaceless = i;
            i = XmlCharacters.SkipAll(_document, i, XmlCharacters.Space);
            if (i == _document.Length)
                XmlErrors.NotWellFormed("a tag without an end");
            var b = _document[i];
            if (b == '>')
            {
                IsEmptyElement = false;
                i++;
                break;
            }

            if (b == '/')
            {
                if (i + 1 == _document.Length || _document[i + 1] != '>')
                    XmlErrors.NotWellFormed("'/' within a tag");
                IsEmptyElement = true;
                i += 2;
                break;
            }

            if (i == spaceless)
                XmlErrors.NotWellFormed("no space between attributes");
            i = ReadAttribute(i);
        }

        _position = i;
        TokenType = XmlTokenType.StartElement;
        SetName(in tag);
        ResolveNames();
    }

    /// <summary>A qualified name at <paramref name="start"/>; returns where it ends.</summary>
    private readonly int ReadName(int start, out int prefixLength, out int length)
    {
        var end = XmlCharacters.SkipAll(_document, start, XmlCharacters.Name);
        var name = _document[start..end];
        length = name.Length;
        var colon = name.IndexOf((byte)':');
        prefixLength = Math.Max(colon, 0);
        if (!XmlCharacters.IsName(name[(colon + 1)..]) || (colon >= 0 && !XmlCharacters.IsName(name[..colon])))
            XmlErrors.NotWellFormed("a bad name");
        return end;
    }

    private int ReadAttribute(int start)
    {
        var slot = new AttributeSlot { NameStart = start };
        var i = ReadName(start, out slot.PrefixLength, out slot.NameLength);
        i = XmlCharacters.SkipAll(_document, i, XmlCharacters.Space);
        if (i == _document.Length || _document[i] != '=')
            XmlErrors.NotWellFormed("an attribute without a value");
        i = XmlCharacters.SkipAll(_document, i + 1, XmlCharacters.Space);
        if (i == _document.Length || _document[i] is not ((byte)'\'' or (byte)'"'))
            XmlErrors.NotWellFormed("an attribute value without quotes");
        i = ReadValue(i, ref slot);

        var name = _document.Slice(slot.NameStart, slot.NameLength);
        if (slot.PrefixLength == 0 ? name.SequenceEqual("xmlns"u8) : name[..slot.PrefixLength].SequenceEqual("xmlns"u8))
            Declare(in slot);
        else
            WithRoom(AttributeSlots, _attributes, ref _moreAttributes)[_attributes++] = slot;
        return i;
    }

    private readonly int ReadValue(int start, ref AttributeSlot slot)
    {
        var quote = _document[start];
        var i = start + 1;
        slot.IsPlain = true;
        while (true)
        {
            var next = _document[i..].IndexOfAny(ValueStops);
            if (next < 0)
                XmlErrors.NotWellFormed("an attribute value without an end");
            i += next;
            var stop = _document[i];
            if (stop == quote)
                break;
            if (stop == '<')
                XmlErrors.NotWellFormed("'<' in an attribute value");
            slot.IsPlain = false;
            i += stop == '&' ? XmlReferences.Measure(_document, i, out _) : 1;
        }

        slot.ValueStart = start + 1;
        slot.ValueLength = i - start - 1;
        return i + 1;
    }
}
