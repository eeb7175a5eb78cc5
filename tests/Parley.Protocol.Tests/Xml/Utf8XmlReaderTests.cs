using System.Text;
using Parley.Fuzz;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Protocol.Tests.Xml;

public sealed class Utf8XmlReaderTests
{
    [Theory]
    [InlineData("<a></b>")]
    [InlineData("<a></a b=''>")]
    [InlineData("<a></ab>")]
    [InlineData("<ab></a>")]
    [InlineData("<a><b></a></b>")]
    [InlineData("<a")]
    [InlineData("<a>")]
    [InlineData("<a>x")]
    [InlineData("<a><b/>")]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("x")]
    [InlineData("<a/>x")]
    [InlineData("<a/><b/>")]
    [InlineData("</a>")]
    [InlineData("<a b='1' b='2'/>")]
    [InlineData("<a b='1' c='' d='' e='' f='' g='' h='' i='' j='' k='' l='' m='' n='' b='2'/>")]
    [InlineData("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>")]
    [InlineData("<a xmlns:p='u' xmlns:q='&#117;' p:b='1' q:b='2'/>")]
    [InlineData("<a xmlns='u' xmlns='v'/>")]
    [InlineData("<a xmlns:p='u' xmlns:p='v'/>")]
    [InlineData("<a b='1'c='2'/>")]
    [InlineData("<a b=1/>")]
    [InlineData("<a b/>")]
    [InlineData("<a b='<'/>")]
    [InlineData("<a b='&'/>")]
    [InlineData("<a b='& '/>")]
    [InlineData("<a>&</a>")]
    [InlineData("<a>&amp</a>")]
    [InlineData("<a>& ;</a>")]
    [InlineData("<a>&;</a>")]
    [InlineData("<a>&#;</a>")]
    [InlineData("<a>&#x;</a>")]
    [InlineData("<a>&#X41;</a>")]
    [InlineData("<a>&#-1;</a>")]
    [InlineData("<a>&#x110000;</a>")]
    [InlineData("<a>&#99999999999999999999;</a>")]
    [InlineData("<a>&#0;</a>")]
    [InlineData("<a>&#8;</a>")]
    [InlineData("<a>&#xD800;</a>")]
    [InlineData("<a b='&#xFFFE;'/>")]
    [InlineData("<a>&#xFFFF;</a>")]
    [InlineData("<a>\u0000</a>")]
    [InlineData("<a>\u0001</a>")]
    [InlineData("<a b='\u000B'/>")]
    [InlineData("<a>\uFFFE</a>")]
    [InlineData("<a>\uFFFF</a>")]
    [InlineData("<a>]]></a>")]
    [InlineData("<a>]]]></a>")]
    [InlineData("<a><![CDATA[</a>")]
    [InlineData("<a><![cdata[x]]></a>")]
    [InlineData("<a:b/>")]
    [InlineData("<a b:c=''/>")]
    [InlineData("<a><b xmlns:p='u'/><p:c/></a>")]
    [InlineData("<a xmlns:p=''/>")]
    [InlineData("<a xmlns:xml='u'/>")]
    [InlineData("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>")]
    [InlineData("<a xmlns='http://www.w3.org/XML/1998/namespace'/>")]
    [InlineData("<a xmlns:xmlns='u'/>")]
    [InlineData("<a xmlns:p='http://www.w3.org/2000/xmlns/'/>")]
    [InlineData("<xmlns:a/>")]
    [InlineData("<a:b:c xmlns:a='u'/>")]
    [InlineData("<:a/>")]
    [InlineData("<a:/>")]
    [InlineData("<a xmlns:='u'/>")]
    [InlineData("<a xmlns:p='u' p:1='x'/>")]
    [InlineData("<1/>")]
    [InlineData("<-a/>")]
    [InlineData("<a\u00D7/>")]
    [InlineData("<\u0300a/>")]
    [InlineData("<a \u00B7b=''/>")]
    [InlineData("< a/>")]
    [InlineData("<a / >")]
    public void Not_well_formed(string document) => AssertRefused(document, StreamErrorCondition.NotWellFormed);

    [Theory]
    [InlineData("<!DOCTYPE a><a/>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")]
    [InlineData("<!--x--><a/>")]
    [InlineData("<a><!--x--></a>")]
    [InlineData("<a/><!--x-->")]
    [InlineData("<?p?><a/>")]
    [InlineData("<a><?p?></a>")]
    [InlineData("<a/><?p?>")]
    [InlineData("<a><!ELEMENT b></a>")]
    [InlineData("<a>&nbsp;</a>")]
    [InlineData("<a b='&lol9;'/>")]
    [InlineData("<a xmlns='&ns;'/>")]
    public void Restricted(string document) => AssertRefused(document, StreamErrorCondition.RestrictedXml);

    [Theory]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xE0, 0x80, 0xAF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xEF, 0xBF, 0xBE })]
    [InlineData(new byte[] { 0xEF, 0xBF, 0xBF })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xF8, 0x88, 0x80, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xFF })]
    public void Bytes_that_are_no_character(byte[] bytes)
    {
        foreach (var document in new byte[][]
        {
            [.. "<a>"u8, .. bytes, .. "</a>"u8],
            [.. "<a b='"u8, .. bytes, .. "'/>"u8],
            [.. "<a"u8, .. bytes, .. "/>"u8],
            [.. "<a><![CDATA["u8, .. bytes, .. "]]></a>"u8],
        })
        {
            Assert.Equal(StreamErrorCondition.NotWellFormed, XmlEvents.FromElement(document).Refusal);
            Assert.Equal(StreamErrorCondition.NotWellFormed, XmlEvents.FromDocument(document).Refusal);
        }
    }

    [Theory]
    [InlineData("<a/>", "<{}a\n/{}a\n")]
    [InlineData(" <a ></a > ", "<{}a\n/{}a\n")]
    [InlineData("<a>x<b/>y</a>", "<{}a\n\"x\n<{}b\n/{}b\n\"y\n/{}a\n")]
    [InlineData("<a xmlns='u'><b xmlns=''/><c/></a>", "<{u}a\n<{}b\n/{}b\n<{u}c\n/{u}c\n/{u}a\n")]
    [InlineData("<p:a xmlns:p='u' p:b='1' b='2'/>", "<{u}a {u}b=1 {}b=2\n/{u}a\n")]
    [InlineData("<p:a p:b='1' xmlns:p='u'/>", "<{u}a {u}b=1\n/{u}a\n")]
    [InlineData("<p:a xmlns:p='u'><p:a xmlns:p='v'/><p:a/></p:a>", "<{u}a\n<{v}a\n/{v}a\n<{u}a\n/{u}a\n/{u}a\n")]
    [InlineData("<a xmlns='u&amp;v'/>", "<{u&v}a\n/{u&v}a\n")]
    [InlineData("<a xml:lang='en'/>", "<{}a {http://www.w3.org/XML/1998/namespace}lang=en\n/{}a\n")]
    [InlineData("<a>&lt;&gt;&amp;&quot;&apos;</a>", "<{}a\n\"<>&\"'\n/{}a\n")]
    [InlineData("<a>&#x41;&#66;&#x1F600;&#x10FFFF;&#000000000000000000000000000000000000067;</a>", "<{}a\n\"AB😀\U0010FFFFC\n/{}a\n")]
    [InlineData("<a>&#13;\r\n\r\r\n&#10;\t</a>", "<{}a\n\"\\r\\n\\n\\n\\n\\t\n/{}a\n")]
    [InlineData("<a b='1\t2\r\n3\n4\r5&#9;&#10;&#13;6'/>", "<{}a {}b=1 2 3 4 5\\t\\n\\r6\n/{}a\n")]
    [InlineData("<a b='\"' c=\"'\" d='>'/>", "<{}a {}b=\" {}c=' {}d=>\n/{}a\n")]
    [InlineData("<a><![CDATA[<b>&amp;\r\n]]></a>", "<{}a\n\"<b>&amp;\\n\n/{}a\n")]
    [InlineData("<a>1<![CDATA[2]]>3<![CDATA[]]></a>", "<{}a\n\"123\n/{}a\n")]
    [InlineData("<a><![CDATA[]]]]>></a>", "<{}a\n\"]]>\n/{}a\n")]
    [InlineData("<a>]] ></a>", "<{}a\n\"]] >\n/{}a\n")]
    [InlineData("<a>\u007F\u0085\uFFFD\uE000</a>", "<{}a\n\"\u007F\u0085\uFFFD\uE000\n/{}a\n")]
    [InlineData("<é·\u0300 日本='x'/>", "<{}é·\u0300 {}日本=x\n/{}é·\u0300\n")]
    [InlineData("<\U00010000/>", "<{}\U00010000\n/{}\U00010000\n")]
    public void Accepted(string document, string events)
    {
        Assert.Equal(events, XmlEvents.FromElement(Encoding.UTF8.GetBytes(document)).Lines);
        Assert.Equal(events, XmlEvents.FromDocument(Encoding.UTF8.GetBytes(document)).Lines);
    }

    [Fact]
    public void Reads_a_stanza_with_the_declarations_of_its_stream()
    {
        var header = new Utf8XmlReader("<s:stream xmlns:s='streams' xmlns='jabber:client' xmlns:x='u' to='h' xml:lang='de'>"u8, openTagOnly: true);
        Assert.True(header.Read());
        Assert.True(header.NameIs("stream"u8, "streams"u8));
        Assert.True(header.TryGetAttribute("to"u8, out var to));
        Assert.Equal("h", to.ToString());
        Assert.True(header.TryGetAttribute("lang"u8, "http://www.w3.org/XML/1998/namespace"u8, out var lang));
        Assert.True(lang.Equals("de"u8));
        Assert.False(header.TryGetAttribute("lang"u8, out _));
        var outer = header.NamespacesInScope();
        Assert.False(header.Read());
        Assert.True(outer.Default.SequenceEqual("jabber:client"u8));
        Assert.True(outer.TryResolve("x"u8, out var uri));
        Assert.True(uri.SequenceEqual("u"u8));
        Assert.False(outer.TryResolve("y"u8, out _));

        Assert.Equal(
            "<{jabber:client}m {u}a=1\n<{u}b\n/{u}b\n<{streams}c\n/{streams}c\n<{}d\n/{}d\n/{jabber:client}m\n",
            XmlEvents.FromElement("<m x:a='1'><x:b/><s:c/><d xmlns=''/></m>"u8, outer).Lines);
        Assert.Equal(StreamErrorCondition.NotWellFormed, XmlEvents.FromElement("<m><y:b/></m>"u8, outer).Refusal);
    }

    [Theory]
    [InlineData("<a/>", null)]
    [InlineData("<a>", null)]
    [InlineData("<a></a>", StreamErrorCondition.NotWellFormed)]
    [InlineData("<a>x", StreamErrorCondition.NotWellFormed)]
    [InlineData("<a><b>", StreamErrorCondition.NotWellFormed)]
    [InlineData("<a><!--", StreamErrorCondition.RestrictedXml)]
    public void A_header_is_a_lone_tag(string header, StreamErrorCondition? condition)
    {
        var reader = new Utf8XmlReader(Encoding.UTF8.GetBytes(header), openTagOnly: true);
        Assert.True(reader.Read());
        StreamErrorCondition? seen = null;
        try
        {
            Assert.False(reader.Read());
        }
        catch (StreamException refused)
        {
            seen = refused.Condition;
        }

        Assert.Equal(condition, seen);
    }

    [Theory]
    [InlineData("<m><x xmlns='v'><y a='1'/></x></m>", false, false)]
    [InlineData("<m><x/></m>", false, true)]
    [InlineData("<m><x xmlns='v'><o:y/></x></m>", true, false)]
    [InlineData("<m><x xmlns='v' o:a='1'/></m>", true, false)]
    [InlineData("<m xmlns:o='w'><x xmlns='v'><o:y/></x></m>", true, false)]
    [InlineData("<m xmlns='w'><x/></m>", false, true)]
    [InlineData("<m><o:x xmlns:o='v'><o:y/></o:x></m>", false, false)]
    [InlineData("<m><o:x xmlns:o='v'><y/></o:x></m>", false, true)]
    [InlineData("<m><o:x xmlns:o='v' xmlns='z'><y xml:lang='en'/></o:x></m>", false, false)]
    public void Tells_which_payload_leans_on_declarations_around_it(string stanza, bool prefix, bool defaultNamespace)
    {
        var reader = new Utf8XmlReader(Encoding.UTF8.GetBytes(stanza), new XmlNamespaces("jabber:client", ("o", "u")));
        reader.Read();
        reader.ClearUsedOuter();
        reader.Read();
        reader.Skip();
        Assert.Equal((prefix, defaultNamespace), (reader.UsedOuterPrefix, reader.UsedOuterDefault));
        reader.ClearUsedOuter();
        Assert.False(reader.UsedOuterPrefix || reader.UsedOuterDefault);
    }

    [Fact]
    public void Tokens_know_where_they_stand()
    {
        var document = " <a><p:b xmlns:p='u' p:c='1' d='2'/>t&amp;<![CDATA[x]]></a>"u8;
        var reader = new Utf8XmlReader(document);
        Assert.True(reader.Read());
        AssertToken(ref reader, document, XmlTokenType.StartElement, 0, "<a>");
        Assert.True(reader.Read());
        AssertToken(ref reader, document, XmlTokenType.StartElement, 1, "<p:b xmlns:p='u' p:c='1' d='2'/>");
        Assert.True(reader.IsEmptyElement);
        Assert.Equal(2, reader.AttributeCount);
        Assert.Equal("p c u 1", Describe(ref reader, 0));
        Assert.Equal(" d  2", Describe(ref reader, 1));
        Assert.True(reader.Read());
        AssertToken(ref reader, document, XmlTokenType.EndElement, 1, "");
        Assert.True(reader.NameIs("b"u8, "u"u8));
        Assert.Equal(0, reader.AttributeCount);
        Assert.True(reader.Read());
        AssertToken(ref reader, document, XmlTokenType.Text, 1, "t&amp;");
        Assert.False(reader.TextIsPlain);
        Assert.Equal("t&", reader.GetText());
        Assert.True(reader.Read());
        AssertToken(ref reader, document, XmlTokenType.Text, 1, "<![CDATA[x]]>");
        Assert.True(reader.TextIsPlain);
        Assert.True(reader.RawText.SequenceEqual("x"u8));
        Assert.True(reader.Read());
        AssertToken(ref reader, document, XmlTokenType.EndElement, 0, "</a>");
        Assert.False(reader.Read());
        Assert.False(reader.Read());
        Assert.Equal(XmlTokenType.None, reader.TokenType);
    }

    [Theory]
    [InlineData("<a b='x y/z>'/>", true)]
    [InlineData("<a b='&amp;'/>", false)]
    [InlineData("<a b='\t'/>", false)]
    [InlineData("<a b='\"'/>", false)]
    [InlineData("<a b=\"'\"/>", false)]
    [InlineData("<a b=''/>", true)]
    public void Plain_values_can_be_copied(string document, bool isPlain)
    {
        var reader = new Utf8XmlReader(Encoding.UTF8.GetBytes(document));
        reader.Read();
        Assert.True(reader.TryGetAttribute("b"u8, out var value));
        Assert.Equal(isPlain, value.IsPlain);
        Assert.Equal(isPlain, value.Raw.SequenceEqual(value.ToUtf8()) && !value.Raw.ContainsAny("'\""u8));
        Assert.True(value.Equals(Encoding.UTF8.GetBytes(value.ToString())));
    }

    [Fact]
    public void Usual_stanzas_are_read_without_allocating()
    {
        var stanza = Encoding.UTF8.GetBytes(
            "<message from='romeo@example.net/orchard' to='juliet@example.com' type='chat' id='m1'><body>Art thou not Romeo?</body>"
            + "<active xmlns='http://jabber.org/protocol/chatstates'/><x xmlns='a'><y xmlns='b'><p:z xmlns:p='c' p:a=''/></y></x></message>");
        var outer = new XmlNamespaces("jabber:client", ("stream", "http://etherx.jabber.org/streams"));
        ReadAll(stanza, outer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var tokens = ReadAll(stanza, outer);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(13, tokens);
        Assert.Equal(0, allocated);
    }

    private static int ReadAll(byte[] stanza, XmlNamespaces outer)
    {
        var reader = new Utf8XmlReader(stanza, outer);
        var tokens = 0;
        while (reader.Read())
            tokens++;
        return tokens;
    }

    private static void AssertRefused(string document, StreamErrorCondition condition)
    {
        Assert.Equal(condition, XmlEvents.FromElement(Encoding.UTF8.GetBytes(document)).Refusal);
        // The scanner in front changes nothing but may know earlier.
        Assert.Equal(condition, XmlEvents.FromDocument(Encoding.UTF8.GetBytes(document)).Refusal);
    }

    private static void AssertToken(ref Utf8XmlReader reader, ReadOnlySpan<byte> document, XmlTokenType type, int depth, string markup)
    {
        Assert.Equal(type, reader.TokenType);
        Assert.Equal(depth, reader.Depth);
        Assert.Equal(markup, Encoding.UTF8.GetString(document[reader.TokenStart..reader.TokenEnd]));
    }

    private static string Describe(ref Utf8XmlReader reader, int index) => string.Join(
        ' ',
        Encoding.UTF8.GetString(reader.AttributePrefix(index)),
        Encoding.UTF8.GetString(reader.AttributeLocalName(index)),
        Encoding.UTF8.GetString(reader.AttributeNamespaceUri(index)),
        reader.AttributeValue(index).ToString());
}
