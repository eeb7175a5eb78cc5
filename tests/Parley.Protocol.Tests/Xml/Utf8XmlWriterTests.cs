using System.Buffers;
using System.Text;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Protocol.Tests.Xml;

public sealed class Utf8XmlWriterTests
{
    /// <summary>Values that would break out of their place if they were copied.</summary>
    public static TheoryData<string> Hostile { get; } =
    [
        "", "x", "a'/><message to='x'/>", "a\"/><x/>", "</a>", "<![CDATA[x]]>", "]]>", "&amp;", "&#0;", "<", ">", "\t\n\r\r\n ", " lead and trail ",
        "é日𝄞\uFFFD\u0085\u2028", new string('\'', 300), new string('x', 5000), "\U0010FFFF" + new string('y', 300),
    ];

    /// <summary>Strings that no XML document can hold.</summary>
    public static TheoryData<string> Forbidden { get; } =
    [
        "\0", "a\u0001", "\u000B", "\u001F", "\uFFFE", "\uFFFF", "\uD800", "x\uDC00", "\uD800x",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_is_read_is_what_was_written(string value)
    {
        var utf8 = Encoding.UTF8.GetBytes(value);
        var written = XmlFragment.Build(writer => writer
            .Start("a", value)
            .Attribute("s", value).Attribute("u", utf8).Attribute("xml:lang", value).Attribute("p", "n", "u", value)
            .Text(value).Text(utf8)
            .Element("b", text: value).End());
        var read = XmlElement.Parse(written);
        Assert.Equal(value, read.NamespaceUri);
        Assert.Equal(value, read.Attribute("s"));
        Assert.Equal(value, read.Attribute("u"));
        Assert.Equal(value, read.Attribute("lang", "http://www.w3.org/XML/1998/namespace"));
        Assert.Equal(value, read.Attribute("n", "u"));
        Assert.Equal(value + value, read.Text);
        Assert.Equal(value, read.Child("b", value)!.Value.Text);
        Assert.Equal(1, read.ChildCount);
    }

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void Refuses_what_xml_cannot_hold(string value)
    {
        Assert.ThrowsAny<ArgumentException>(() => Write(w => w.Start("a").Text(value)));
        Assert.ThrowsAny<ArgumentException>(() => Write(w => w.Start("a").Attribute("b", value)));
        Assert.ThrowsAny<ArgumentException>(() => Write(w => w.Start("a", value)));
        Assert.ThrowsAny<ArgumentException>(() => Write(w => w.Start(value)));
        Assert.ThrowsAny<ArgumentException>(() => Write(w => w.Start("a").Attribute(value, "")));
    }

    [Fact]
    public void Refuses_bytes_that_are_no_text()
    {
        Assert.Throws<ArgumentException>(() => Write(w => w.Start("a").Text([0xC3])));
        Assert.Throws<ArgumentException>(() => Write(w => w.Start("a").Attribute("b", [0xC0, 0x80])));
        Assert.Throws<ArgumentException>(() => Utf8XmlWriter.EscapeText([0], new ArrayBufferWriter<byte>()));
        Assert.Throws<ArgumentException>(() => Utf8XmlWriter.EscapeAttribute([0xEF, 0xBF, 0xBF], new ArrayBufferWriter<byte>()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("1")]
    [InlineData("a/><b")]
    [InlineData("a'")]
    [InlineData("×")]
    public void Refuses_names_that_are_none(string name)
    {
        Assert.Throws<ArgumentException>(() => Write(w => w.Start(name)));
        Assert.Throws<ArgumentException>(() => Write(w => w.Start("a").Attribute(name, "x")));
        Assert.Throws<ArgumentException>(() => Write(w => w.Start("a").Attribute("xml:" + name, "x")));
        Assert.Throws<ArgumentException>(() => Write(w => w.Start("a").Attribute("p", name, "u", "x")));
    }

    [Theory]
    [InlineData("xml", "u")]
    [InlineData("xmlns", "u")]
    [InlineData("p", "")]
    [InlineData("", "u")]
    [InlineData("p", "http://www.w3.org/2000/xmlns/")]
    public void Refuses_reserved_prefixes(string prefix, string ns) =>
        Assert.Throws<ArgumentException>(() => Write(w => w.Start("a").Attribute(prefix, "b", ns, "x")));

    [Fact]
    public void Refuses_what_has_no_place()
    {
        Assert.Throws<ArgumentException>(() => Write(w => w.Start("a").Attribute("xmlns", "u")));
        Assert.Throws<ArgumentException>(() => Write(w => w.Start("a").Attribute("p", "b", "u", "1").Attribute("p", "c", "v", "2")));
        Assert.Throws<InvalidOperationException>(() => Write(w => w.Attribute("a", "b")));
        Assert.Throws<InvalidOperationException>(() => Write(w => w.Start("a").Text("x").Attribute("a", "b")));
        Assert.Throws<InvalidOperationException>(() => Write(w => w.Start("a").End().End()));
    }

    [Fact]
    public void Declares_a_namespace_where_it_changes()
    {
        Assert.Equal("<a/>", Write(w => w.Start("a").End()));
        Assert.Equal("<a xmlns='u'><b/><c xmlns='v'><d xmlns=''/><e/></c><f/></a>", Write(w => w
            .Start("a", "u").Start("b").End().Start("c", "v").Element("d", "").Element("e").End().Element("f", "u").End()));
        Assert.Equal("<a><b xmlns='u'/></a>", Write(w => w.Start("a", "jabber:client").Element("b", "u").End(), "jabber:client"));
        Assert.Equal("<a/><b/>", Write(w => w.Element("a", "jabber:client").Element("b"), "jabber:client"));
        Assert.Equal("<a xmlns=''/>", Write(w => w.Element("a", ""), "jabber:client"));
        Assert.Equal("<a/>", Write(w => w.Element("a", ""), ""));
        Assert.Equal("<a xmlns=''/>", Write(w => w.Element("a", "")));
        Assert.Equal("<a xmlns='u'>x</a>", Write(w => w.Element(new XmlName("a", "u"), "x")));
    }

    [Fact]
    public void Writes_tags_in_their_shortest_form() => Assert.Equal(
        "<iq type='result' id='1'><a b=''></a><c p:d='&lt;' xmlns:q='w' q:e='2'>x<y/>z</c></iq>".Replace("p:d='&lt;'", "xmlns:p='u' p:d='&lt;'"),
        Write(w => w.Start("iq").Attribute("type", "result").Attribute("id", "1").Attribute("to", (string?)null)
            .Start("a").Attribute("b", "").Text("").End()
            .Start("c").Attribute("p", "d", "u", "<").Attribute("q", "e", "w", "2").Attribute("q", "f", "w", null)
            .Text("x").Raw("<y/>"u8).Text("z").End().End()));

    [Fact]
    public void Nests_as_deep_as_memory_reaches()
    {
        var written = Write(w =>
        {
            for (var i = 0; i < 10_000; i++)
                w.Start("e" + i, i < 100 ? "n" + (i % 3) : null);
            Assert.Equal(10_000, w.Depth);
            for (var i = 0; i < 10_000; i++)
                w.End();
        });
        Assert.EndsWith("<e9999/></e9998></e9997>", written[..(written.IndexOf("</e9997>", StringComparison.Ordinal) + 8)], StringComparison.Ordinal);
        Assert.Equal("e0", XmlElement.Parse(Encoding.UTF8.GetBytes(written)).LocalName);
    }

    private static string Write(Action<Utf8XmlWriter> write, string? context = null) => Encoding.UTF8.GetString(XmlFragment.Build(write, context));
}
