using System.Text;
using Parley.Fuzz;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Protocol.Tests.Xml;

public sealed class XmlElementTests
{
    private static readonly XmlNamespaces Outer = new("jabber:client", ("o", "u"));

    [Fact]
    public void Reads_like_a_tree()
    {
        var iq = Parse("<iq id='1&amp;2' xml:lang='en' o:x='3'> <query xmlns='q'><item jid='a'/><item jid='b'>t<![CDATA[&]]>&lt;<z/>u</item></query>\n<o:e/></iq>");
        Assert.Equal("iq", iq.LocalName);
        Assert.True(iq.Is("iq", "jabber:client"));
        Assert.False(iq.Is("iq", "q"));
        Assert.True(iq.Is(new XmlName("iq", "jabber:client")));
        Assert.Equal("1&2", iq.Attribute("id"));
        Assert.Equal("en", iq.Attribute("lang", "http://www.w3.org/XML/1998/namespace"));
        Assert.Equal("3", iq.Attribute("x", "u"));
        Assert.Null(iq.Attribute("x"));
        Assert.Null(iq.Attribute("lang"));
        Assert.Equal(3, iq.Attributes.Count);
        Assert.Equal(" \n", iq.Text);
        Assert.Equal(2, iq.ChildCount);

        var query = iq.Child("query", "q")!.Value;
        Assert.Equal(["a", "b"], Each(query).Select(item => item.Attribute("jid")));
        Assert.Equal(["", "t&<u"], Each(query).Select(item => item.Text));
        Assert.Equal([false, true], Each(query).Select(item => item.HasChildren));
        Assert.Equal("<item jid='a'/>", Encoding.UTF8.GetString(Each(query)[0].Raw.Span));
        Assert.Equal("b", Each(iq.Child(new XmlName("query", "q"))!.Value)[^1].Attribute("jid"));
        Assert.Equal("u", iq.Child("e", "u")!.Value.NamespaceUri);
        Assert.Null(iq.Child("query", "jabber:client"));
        Assert.Null(query.Child(new XmlName("z", "q")));
    }

    [Theory]
    [InlineData("<o:a/>", "<a xmlns='u'/>")]
    [InlineData("<a/>", "<a xmlns='jabber:client'/>")]
    [InlineData("<a xmlns=''/>", "<a xmlns=''/>")]
    [InlineData("<a xmlns='v' o:b='1'><o:c/></a>", "<a xmlns='v' xmlns:o='u' o:b='1'><c xmlns='u'/></a>")]
    [InlineData("<p:a xmlns:p='v'><p:b/><c/></p:a>", "<a xmlns='v'><b/><c xmlns='jabber:client'/></a>")]
    [InlineData("<a xmlns='v' xmlns:q='w'><b q:c='1' q:d='2'/></a>", "<a xmlns='v'><b xmlns:q='w' q:c='1' q:d='2'/></a>")]
    [InlineData("<a xmlns='v' b=\"'&#10;\" xml:lang='x'>&lt;<![CDATA[<]]></a>", "<a xmlns='v' b='&apos;&#10;' xml:lang='x'>&lt;<![CDATA[<]]></a>")]
    public void Stands_alone(string element, string expected)
    {
        var bytes = Parse(element).ToStandaloneBytes();
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes));
        Assert.Equal(XmlEvents.FromElement(Encoding.UTF8.GetBytes(element), Outer), XmlEvents.FromElement(bytes));
    }

    [Fact]
    public void Stands_alone_in_a_context() =>
        Assert.Equal("<a><b xmlns='u'/></a>", Encoding.UTF8.GetString(Parse("<a><o:b/></a>").ToStandaloneBytes("jabber:client")));

    [Fact]
    public void A_child_stands_alone_without_its_parents() =>
        Assert.Equal("<b xmlns='v' xmlns:p='w' p:c=''/>", Encoding.UTF8.GetString(Each(Parse("<a xmlns='v' xmlns:p='w'><b p:c=''/></a>"))[0].ToStandaloneBytes()));

    [Theory]
    [InlineData("<a>", StreamErrorCondition.NotWellFormed)]
    [InlineData("<p:a/>", StreamErrorCondition.NotWellFormed)]
    [InlineData("<a><?p?></a>", StreamErrorCondition.RestrictedXml)]
    public void Refuses(string element, StreamErrorCondition condition) =>
        Assert.Equal(condition, Assert.Throws<StreamException>(() => Parse(element)).Condition);

    [Fact]
    public void Corpus_entries_read_alike_as_tree_and_as_tokens()
    {
        foreach (var entry in Corpus.Entries.Where(entry => XmlEvents.FromElement(entry).IsAccepted))
        {
            var root = XmlElement.Parse(entry);
            Assert.Equal(XmlEvents.FromTree(root), XmlEvents.FromTree(XmlElement.Parse(root.ToStandaloneBytes())));
        }
    }

    private static XmlElement Parse(string element) => XmlElement.Parse(Encoding.UTF8.GetBytes(element), Outer);

    private static List<XmlElement> Each(XmlElement parent)
    {
        var children = new List<XmlElement>();
        foreach (var child in parent.Children)
            children.Add(child);
        return children;
    }
}
