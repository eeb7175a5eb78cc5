using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>What is echoed is escaped: what a peer parses equals what was written, and nothing more is in it.</summary>
public class EscapingTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    private static readonly string[] Values =
    [
        "a'/><message to='x'/>", "a\"/><message/>", "</stream:stream>", "<![CDATA[", "]]>", "&amp;", "&#x27;", "a\nb\tc\r", " ", "  two  ",
        "\U0001F600", "\u00A0", "<!--", "'", "\"", "&", "<", ">",
    ];

    public static TheoryData<string> Everything => [.. Values];

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task An_id_comes_back_as_it_was_in_an_error(string id)
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.Plaintext);
        await client.SendAsync($"<iq type='get' to='example.org' id='{Escaped(id)}'><x xmlns='urn:x'/></iq>");
        var error = await client.ReceiveAsync();
        Assert.Equal(id, error.Attribute("id"));
        error.IsError("service-unavailable", "cancel");
        await client.ExpectNothingAsync();
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task An_id_and_a_language_arrive_as_they_were(string value)
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.StartTls);
        await client.SendAsync($"<message to='mallory@example.org/m' id=\"{Escaped(value)}\" xml:lang='{Escaped(value)}'><body>{Escaped(value)}</body></message>");
        var message = await client.MessageAsync();
        Assert.Equal(value, message.Attribute("id"));
        Assert.Equal(value, message.Attribute("lang", "http://www.w3.org/XML/1998/namespace"));
        Assert.Equal(value, message.Body());
        await client.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("'/><x a='")]
    [InlineData("<&>\"'")]
    [InlineData("a b")]
    public async Task A_resource_arrives_as_it_was(string resource)
    {
        var client = await hostile.ReachAsync(Progress.Authenticated, Transport.Plaintext);
        await client.BindAsync(Escaped(resource));
        Assert.Equal("mallory@example.org/" + resource, client.Jid);
        await client.SendAsync($"<message to='{Escaped(client.Jid!)}'/>");
        var message = await client.MessageAsync();
        Assert.Equal(client.Jid, message.Attribute("from"));
        Assert.Equal(client.Jid, message.Attribute("to"));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task The_language_of_the_stream_becomes_that_of_its_stanzas(string language)
    {
        await hostile.Server.CreateAccountAsync("mallory@example.org");
        var client = await hostile.Server.OpenAsync();
        await client.SendAsync("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AG1hbGxvcnkAc2VjcmV0</auth>");
        await client.ReceiveAsync();
        client.ExpectHeader();
        await client.SendAsync(
            $"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0' xml:lang='{Escaped(language)}'>");
        await client.ReceiveHeaderAsync();
        await client.ReceiveAsync();
        await client.BindAsync("m");
        await client.SendAsync("<message to='mallory@example.org/m'/><message to='mallory@example.org/m' xml:lang='eo'/>");
        Assert.Equal(language, (await client.MessageAsync()).Attribute("lang", "http://www.w3.org/XML/1998/namespace"));
        Assert.Equal("eo", (await client.MessageAsync()).Attribute("lang", "http://www.w3.org/XML/1998/namespace"));
    }

    [Fact]
    public async Task The_address_of_the_client_in_a_header_comes_back_without_its_resource()
    {
        var client = await hostile.ReachAsync(Progress.Connected, Transport.Plaintext);
        await client.SendAsync(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0' from=\"mallory@example.org/'&gt;&lt;x/>\">");
        Assert.Equal("mallory@example.org", (await client.ReceiveHeaderAsync()).To);
        Assert.Equal("features", (await client.ReceiveAsync()).LocalName);
    }

    [Theory]
    [InlineData("<x xmlns='urn:x' a='1'  b = \"2\"/>")]
    [InlineData("<p:x xmlns:p='urn:x' p:a='1'><p:y/></p:x>")]
    [InlineData("<body xml:lang='eo'>a&#x20;b<![CDATA[<c>]]></body>")]
    [InlineData("text <x xmlns='urn:x'>&lt;</x> more")]
    public async Task A_payload_arrives_byte_for_byte(string payload)
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.Plaintext);
        await client.SendAsync($"<message to='mallory@example.org/m'>{payload}</message>");
        Assert.Contains($">{payload}<", (await client.MessageAsync()).ToText(), StringComparison.Ordinal);
    }

    private static string Escaped(string value)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Utf8XmlWriter.EscapeAttribute(System.Text.Encoding.UTF8.GetBytes(value), output);
        return System.Text.Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
