using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>What an evil server answers on streams that this server opened to it, over every link: the stream ends, who has written is told, and nothing else comes of it.</summary>
public class OutboundTableTests
{
    // {0}: the evil domain. {1}: the names that our header goes with.
    private const string Witnessed = "to='witness@example.org/w'";

    public static TheoryData<Link, string, string> Headers => LinkRows.Over(
        ("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='{0}' to='example.org' version='1.0'>", "bad-format"),
        ("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='{0}' to='example.org' id='' version='1.0'>", "bad-format"),
        ("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='{0}' to='example.org' id='1'>", "unsupported-version"),
        ("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='{0}' to='example.org' id='1' version='0.9'>", "unsupported-version"),
        ("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>", "invalid-namespace"),
        ("<stream:stream xmlns='jabber:server' xmlns:stream='urn:x' id='1' version='1.0'>", "invalid-namespace"),
        ("<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' id='1' version='1.0'>", "bad-namespace-prefix"),
        ("<stream:other xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>", "invalid-xml"),
        ("<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>", "invalid-xml"),
        ("<db:result xmlns:db='jabber:server:dialback' from='{0}' to='example.org' type='valid'/>", "invalid-xml"),
        ($"<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='{new string('x', 9000)}' version='1.0'>", "policy-violation"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "not-well-formed"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>", "restricted-xml"),
        ("<?xml version='1.0' encoding='UTF-16'?>", "unsupported-encoding"),
        ("</stream:stream>", "not-well-formed"));

    public static TheoryData<Link, string, string> Malformed => LinkRows.Over(XmlRows.Malformed);

    public static TheoryData<Link, string, string> InsteadOfFeatures => LinkRows.Over(
        ("<db:result from='{0}' to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:verify from='{0}' to='example.org' id='1' type='valid'/>", "invalid-xml"),
        ($"<proceed xmlns='{Namespaces.Tls}'/>", "unsupported-stanza-type"),
        ($"<failure xmlns='{Namespaces.Tls}'/>", "unsupported-stanza-type"),
        ($"<success xmlns='{Namespaces.Sasl}'/>", "unsupported-stanza-type"),
        ($"<challenge xmlns='{Namespaces.Sasl}'/>", "unsupported-stanza-type"),
        ("<features/>", "unsupported-stanza-type"),
        ($"<message from='m@{{0}}' {Witnessed}><body>x</body></message>", "not-authorized"),
        ($"<stream:features>{string.Concat(Enumerable.Repeat("<x xmlns='urn:x'/>", 1000))}", "policy-violation"),
        ("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='2' version='1.0'>", "invalid-xml"),
        ("x", "invalid-xml"));

    public static TheoryData<Link, string, string> InsteadOfAnAnswer => LinkRows.Over(
        ("<db:result from='{0}' to='example.net' type='valid'/>", "invalid-xml"),
        ("<db:result from='victim.example' to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:result from='sub.{0}' to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:result from='example.org' to='{0}' type='valid'/>", "invalid-xml"),
        ("<db:result from='{0}' to='plays.example.org' type='valid'/>", "invalid-xml"),
        ("<db:result from='{0}' to='victim.example' type='valid'/>", "invalid-xml"),
        ("<db:result from='m@{0}' to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:result from='{0}' type='valid'/>", "invalid-xml"),
        ("<db:result to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:result from='{0}' to='example.org' type='VALID'/>", "invalid-xml"),
        ("<db:result from='{0}' to='example.org'/>", "invalid-xml"),
        ("<db:result from='{0}' to='example.org'>key</db:result>", "invalid-xml"),
        ("<db:verify from='{0}' to='example.org' id='1'>key</db:verify>", "invalid-xml"),
        ("<db:verify from='{0}' to='example.org' id='1' type='valid'/>", "invalid-xml"),
        ("<db:verify from='{0}' to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:verify from='victim.example' to='example.org' id='evil-stream-id' type='valid'/>", "invalid-xml"),
        ("<db:other/>", "unsupported-stanza-type"),
        ($"<success xmlns='{Namespaces.Sasl}'/>", "unsupported-stanza-type"),
        ($"<failure xmlns='{Namespaces.Sasl}'><not-authorized/></failure>", "unsupported-stanza-type"),
        ($"<challenge xmlns='{Namespaces.Sasl}'>AA==</challenge>", "unsupported-stanza-type"),
        ($"<proceed xmlns='{Namespaces.Tls}'/>", "unsupported-stanza-type"),
        ($"<starttls xmlns='{Namespaces.Tls}'/>", "unsupported-stanza-type"),
        ($"<auth xmlns='{Namespaces.Sasl}' mechanism='EXTERNAL'>=</auth>", "unsupported-stanza-type"),
        ("<stream:features/>", "unsupported-stanza-type"),
        ($"<stream:features><starttls xmlns='{Namespaces.Tls}'/></stream:features>", "unsupported-stanza-type"),
        ("<handshake xmlns='jabber:component:accept'/>", "unsupported-stanza-type"),
        ($"<message from='m@{{0}}' {Witnessed}><body>x</body></message>", "not-authorized"),
        ("<message from='m@{0}' to='absent@example.org' type='chat'><body>x</body></message>", "not-authorized"),
        ("<presence from='m@{0}' to='witness@example.org' type='subscribe'/>", "not-authorized"),
        ("<iq type='get' id='1' from='{0}' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "not-authorized"),
        ("<iq type='result' id='1' from='{0}' to='witness@example.org/w'/>", "not-authorized"),
        ("<message/>", "not-authorized"),
        ("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='2' version='1.0'>", "invalid-xml"),
        ($"<db:result from='{{0}}' to='example.org' type='error'><error><{new string('x', 9000)}/></error></db:result>", "policy-violation"));

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task A_bad_header_ends_the_stream(Link link, string header, string condition)
    {
        await using var network = await EvilNetwork.StartAsync();
        var romeo = await WriteAsync(network, link);
        var stream = await network[link].AcceptHeaderAsync();

        await stream.SendAsync(Named(network, link, header));

        await EndedAsync(network, romeo, stream, condition);
    }

    [Theory]
    [MemberData(nameof(InsteadOfFeatures))]
    public async Task What_is_no_feature_ends_the_stream(Link link, string input, string condition)
    {
        await using var network = await EvilNetwork.StartAsync();
        var romeo = await WriteAsync(network, link);
        var stream = await network[link].AcceptHeaderAsync();

        await stream.SendAsync(network[link].Header() + Named(network, link, input));

        await EndedAsync(network, romeo, stream, condition);
    }

    [Theory]
    [MemberData(nameof(InsteadOfAnAnswer))]
    [MemberData(nameof(Malformed))]
    public async Task What_is_no_answer_ends_the_stream(Link link, string input, string condition)
    {
        await using var network = await EvilNetwork.StartAsync();
        var romeo = await WriteAsync(network, link);
        var stream = await network[link].AcceptAsync();
        await stream.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback));

        await stream.SendAsync(System.Text.Encoding.Latin1.GetBytes(Named(network, link, input)));

        await EndedAsync(network, romeo, stream, condition);
    }

    [Theory]
    [InlineData(Link.Plain)]
    [InlineData(Link.StartTls)]
    [InlineData(Link.DirectTls)]
    public async Task Stanzas_do_not_come_on_a_stream_that_is_good_for_ours(Link link)
    {
        await using var network = await EvilNetwork.StartAsync();
        var romeo = await WriteAsync(network, link);
        var stream = await network[link].AcceptAsync();
        await stream.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback));
        await stream.SendAsync($"<db:result from='{network[link].Domain}' to='{EvilNetwork.Host}' type='valid'/>");
        Assert.Equal("1", (await stream.MessageAsync()).Attribute("id"));

        await stream.SendAsync(EvilNetwork.Messages(network[link].Domain));

        await stream.ExpectStreamErrorAsync("not-authorized");
        await network.NobodyNoticedAsync();
        await romeo.ExpectNothingAsync();
    }

    internal static async Task<TestClient> WriteAsync(EvilNetwork network, Link link, string id = "1")
    {
        var romeo = await network.Server.LoginAsync($"romeo@{EvilNetwork.Host}/garden");
        await romeo.SendAsync($"<message id='{id}' to='m@{network[link].Domain}'><body>secret</body></message>");
        return romeo;
    }

    internal static string Named(EvilNetwork network, Link link, string input) => input.Replace("{0}", network[link].Domain, StringComparison.Ordinal);

    private static async Task EndedAsync(EvilNetwork network, TestClient romeo, TestClient stream, string condition)
    {
        await stream.ExpectStreamErrorAsync(condition);
        var error = await romeo.MessageAsync();
        error.IsError("remote-server-timeout", "wait");
        Assert.Equal("1", error.Attribute("id"));
        await romeo.ExpectNothingAsync();
        await network.NobodyNoticedAsync();
    }
}
