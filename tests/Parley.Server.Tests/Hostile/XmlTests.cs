using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>What comes on an open stream and is no proper XML, or not the XML of XMPP.</summary>
public class XmlTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    private const string Witness = XmlRows.Witness;

    public static TheoryData<Transport, string, string> Malformed => Rows.OverEveryTransport(XmlRows.Malformed);

    public static TheoryData<Transport, string, string> OutsideElements => Rows.OverTcp(
        ("<?xml version='1.0'?>", "restricted-xml"),
        ("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>", "invalid-xml"),
        ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='example.org'>", "restricted-xml"),
        ("text", "invalid-xml"));

    public static TheoryData<Transport, string, string> Messages => Rows.OverWebSocket(
        // Two in one, or less than one.
        ($"<message {Witness}/><message {Witness}/>", "not-well-formed"),
        ($"<message {Witness}/>text", "not-well-formed"),
        ($"<message {Witness}/><", "not-well-formed"),
        ($"<message {Witness}/><!-- x -->", "not-well-formed"),
        ($"<message {Witness}><body>", "not-well-formed"),
        ($"<message {Witness}", "not-well-formed"),
        ("<?xml version='1.0'?>", "not-well-formed"),
        ("", "not-well-formed"),
        (" ", "not-well-formed"),
        ("\n", "not-well-formed"),
        ($" <message {Witness}/>", "not-well-formed"),
        ($"\u00EF\u00BB\u00BF<message {Witness}/>", "not-well-formed"),
        ("text", "not-well-formed"),

        // What only TCP has.
        ("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>", "not-well-formed"),
        ("</stream:stream>", "not-well-formed"),
        ("<stream:features/>", "not-well-formed"),

        // A declaration is allowed, another encoding or a document type is not.
        ($"<?xml version='1.0' encoding='UTF-16'?><message {Witness}/>", "unsupported-encoding"),
        ($"<?xml version='1.0' encoding='ISO-8859-1'?><message {Witness}/>", "unsupported-encoding"),
        ($"<?xml version='1.1'?><message {Witness}/>", "not-well-formed"),
        ($"<?xml version='1.0'?><!DOCTYPE message><message {Witness}/>", "restricted-xml"),
        ($"<!DOCTYPE message [<!ENTITY a 'b'>]><message {Witness}/>", "restricted-xml"),
        ($"<!-- x --><message {Witness}/>", "restricted-xml"),
        ($"<?x y?><message {Witness}/>", "restricted-xml"),

        // A stream within the stream.
        ("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>", "invalid-xml"));

    public static TheoryData<Transport, string, string> Unknown => Rows.OverEveryTransport(
        ("<unknown/>", "unsupported-stanza-type"),
        ("<message xmlns='urn:x'/>", "unsupported-stanza-type"),
        ("<message xmlns='jabber:server'/>", "unsupported-stanza-type"),
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>", "unsupported-stanza-type"),
        ("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "unsupported-stanza-type"),
        ("<features xmlns='http://etherx.jabber.org/streams'/>", "unsupported-stanza-type"),
        ("<open xmlns='urn:x'/>", "unsupported-stanza-type"),
        ("<close/>", "unsupported-stanza-type"),
        ("<c:message xmlns:c='jabber:client'/>", "bad-namespace-prefix"),
        ($"<message {Witness}><body>{new string('x', 256 * 1024)}</body></message>", "policy-violation"));

    [Theory]
    [MemberData(nameof(Malformed))]
    [MemberData(nameof(OutsideElements))]
    [MemberData(nameof(Messages))]
    public Task Before_authentication_it_ends_the_stream(Transport transport, string input, string condition) =>
        hostile.EndsStreamAsync(Progress.Opened, transport, input, condition);

    [Theory]
    [MemberData(nameof(Malformed))]
    [MemberData(nameof(OutsideElements))]
    [MemberData(nameof(Messages))]
    public Task On_a_bound_stream_it_ends_the_stream(Transport transport, string input, string condition) =>
        hostile.EndsStreamAsync(Progress.Bound, transport, input, condition);

    [Theory]
    [MemberData(nameof(Unknown))]
    public Task What_is_no_stanza_ends_a_bound_stream(Transport transport, string input, string condition) =>
        hostile.EndsStreamAsync(Progress.Bound, transport, input, condition);

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.StartTls)]
    [InlineData(Transport.DirectTls)]
    [InlineData(Transport.WebSocket)]
    public Task Before_authentication_little_is_accepted(Transport transport) =>
        hostile.EndsStreamAsync(Progress.Opened, transport, $"<message {Witness}><body>{new string('x', 8192)}</body></message>", "policy-violation");

    [Theory]
    [InlineData("<![CDATA[a<b>&amp;]]>", "a<b>&amp;")]
    [InlineData("&lt;&gt;&amp;&quot;&apos;", "<>&\"'")]
    [InlineData("&#65;&#x1F600;", "A\U0001F600")]
    [InlineData("a]]&gt;b", "a]]>b")]
    [InlineData("a\r\nb\rc", "a\nb\nc")]
    public async Task Well_formed_text_arrives_as_it_was_meant(string text, string meaning)
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.Plaintext);
        await client.SendAsync($"<message to='mallory@example.org/m'><body>{text}</body></message>");
        Assert.Equal(meaning, (await client.MessageAsync()).Body());
    }

    [Fact]
    public async Task A_stanza_as_large_as_allowed_arrives()
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.StartTls);
        var text = new string('x', (256 * 1024) - 100);
        await client.SendAsync($"<message to='mallory@example.org/m'><body>{text}</body></message>");
        Assert.Equal(text, (await client.MessageAsync()).Body());
    }

    [Fact]
    public async Task A_prefix_of_the_stream_still_means_the_same_at_the_recipient()
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.Plaintext);
        await client.SendAsync("<message to='mallory@example.org/m'><stream:x stream:a='1'/></message>");
        var x = (await client.MessageAsync()).Child("x", "http://etherx.jabber.org/streams");
        Assert.Equal("1", x?.Attribute("a", "http://etherx.jabber.org/streams"));
    }
}
