using Parley.Protocol;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>What an evil server sends on streams that it opened, over every link.</summary>
public class InboundTableTests(EvilNetworkFixture evil) : IClassFixture<EvilNetworkFixture>
{
    // {0}: the evil domain.
    private const string Dialback = "xmlns:db='jabber:server:dialback'";
    private const string Key = "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3";

    private static readonly (string Input, string Outcome)[] NeverAsked =
    [
        ("<db:result from='{0}' to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:result from='victim.example' to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:result from='example.org' to='example.org' type='valid'/>", "invalid-xml"),
        ("<db:result from='victim.example' to='example.org' type='invalid'/>", "invalid-xml"),
        ("<db:result from='victim.example' to='example.org' type='error'/>", "invalid-xml"),
        ("<db:result from='victim.example' to='example.org' type=''/>", "invalid-xml"),
        ("<db:verify from='victim.example' to='example.org' id='1' type='valid'/>", "invalid-xml"),
        ("<db:verify from='victim.example' to='example.org' id='' type='valid'/>", "invalid-xml"),
        ("<db:verify from='victim.example' to='example.org'>x</db:verify>", "invalid-xml"),
        ("<db:verify from='victim.example' to='example.org' id=''>x</db:verify>", "invalid-xml"),
        ("<db:result to='example.org'>x</db:result>", "improper-addressing"),
        ("<db:result from='{0}'>x</db:result>", "improper-addressing"),
        ("<db:result from='' to=''>x</db:result>", "improper-addressing"),
        ("<db:result from='m@{0}' to='example.org'>x</db:result>", "improper-addressing"),
        ("<db:result from='{0}/r' to='example.org'>x</db:result>", "improper-addressing"),
        ("<db:result from='{0}' to='witness@example.org'>x</db:result>", "improper-addressing"),
        ("<db:verify from='@' to='example.org' id='1'>x</db:verify>", "improper-addressing"),
        ($"<db:other {Dialback}/>", "unsupported-stanza-type"),
        ("<result xmlns='jabber:server' from='{0}' to='example.org'>x</result>", "unsupported-stanza-type"),
        ($"<success xmlns='{Namespaces.Sasl}'/>", "unsupported-stanza-type"),
        ($"<failure xmlns='{Namespaces.Sasl}'/>", "unsupported-stanza-type"),
        ($"<proceed xmlns='{Namespaces.Tls}'/>", "unsupported-stanza-type"),
        ("<handshake xmlns='jabber:component:accept'/>", "unsupported-stanza-type"),
        ("<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>", "unsupported-stanza-type"),
        ("<stream:features/>", "unsupported-stanza-type"),
        ("<message xmlns='jabber:client' from='m@{0}' to='witness@example.org/w'/>", "unsupported-stanza-type"),
        ("<unknown/>", "unsupported-stanza-type"),
        ("<?xml version='1.0'?>", "restricted-xml"),
        ("<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='{0}' to='example.org' version='1.0'>", "invalid-xml"),
        ("text", "invalid-xml"),
    ];

    public static TheoryData<Link, string, string> Headers => LinkRows.Over(StreamHeaderTests.Bad
        .Where(static row => !row.Input.Contains("'jabber:server'", StringComparison.Ordinal))
        .Select(static row => (row.Input.Replace("'jabber:client'", "'jabber:server'", StringComparison.Ordinal), row.Outcome))
        .Append(("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>", "invalid-namespace"))
        .Append(("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>", "invalid-namespace"))
        .Append((Header("from='example.net'"), "invalid-from"))
        .Append((Header("from='plays.example.org'"), "invalid-from"))
        .Append((Header("from='m@starttls.example'"), "invalid-from"))
        .Append((Header("from='@'"), "invalid-from")));

    public static TheoryData<Link, string, string> Malformed => LinkRows.Over(XmlRows.Malformed);

    public static TheoryData<Link, string, string> Unasked => LinkRows.Over(NeverAsked);

    public static TheoryData<Link, string, string> TooEarly => LinkRows.Over(
        ("<message from='m@{0}' to='witness@example.org/w'><body>x</body></message>", "not-authorized"),
        ("<message from='m@victim.example' to='absent@example.org' type='chat'><body>x</body></message>", "not-authorized"),
        ("<presence from='m@{0}' to='witness@example.org' type='subscribe'/>", "not-authorized"),
        ("<presence from='m@{0}' to='witness@example.org' type='probe'/>", "not-authorized"),
        ("<iq type='get' id='1' from='{0}' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "not-authorized"),
        ("<iq type='result' id='1' from='{0}' to='witness@example.org/w'/>", "not-authorized"),
        ("<iq/>", "not-authorized"),
        ("<message/>", "not-authorized"),
        ($"<db:result from='{{0}}' to='example.org'>{new string('x', 9000)}</db:result>", "policy-violation"),
        ($"<db:verify from='{{0}}' to='example.org' id='{new string('x', 9000)}'>x</db:verify>", "policy-violation"));

    public static TheoryData<Link, string, string> ForOthers => LinkRows.Over(
        ("<message to='witness@example.org/w'/>", "improper-addressing"),
        ("<message from='m@{0}'/>", "improper-addressing"),
        ("<message from='' to='witness@example.org/w'/>", "improper-addressing"),
        ($"<message from='{new string('m', 1024)}@victim.example' to='witness@example.org/w'/>", "improper-addressing"),
        ("<message from='@victim.example/@{0}' to='witness@example.org/w'/>", "improper-addressing"),
        ("<message from='m@victim.example' to='@example.org'/>", "invalid-from"),
        ("<message from='m@victim.example' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='victim.example' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='m@sub.{0}' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='absent@example.org' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='example.org' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='m@plays.example.org' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='m@{0}' to='witness@example.net/w'/>", "invalid-from"),
        ("<message from='m@{0}' to='x@plays.example.org'/>", "invalid-from"),
        ("<message from='m@{0}' to='x@victim.example'/>", "host-unknown"),
        ("<message from='m@{0}' to='x@{0}'/>", "host-unknown"),
        ("<presence from='m@victim.example' to='witness@example.org' type='subscribe'/>", "invalid-from"),
        ("<presence from='m@{0}'/>", "improper-addressing"),
        ("<iq type='result' id='1' from='example.org' to='witness@example.org/w'/>", "invalid-from"),
        ("<iq type='get' id='1' from='{0}'><ping xmlns='urn:xmpp:ping'/></iq>", "improper-addressing"),
        ($"<starttls xmlns='{Namespaces.Tls}'/><message from='m@victim.example' to='witness@example.org/w'/>", ""),
        ($"<message from='m@{{0}}' to='witness@example.org/w'><body>{new string('x', 256 * 1024)}</body></message>", "policy-violation"));

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task A_bad_header_ends_the_stream(Link link, string header, string condition)
    {
        var peer = await evil.Network[link].ConnectAsync(evil.Network.Server);
        await evil.EndsStreamAsync(peer, header, condition);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    [MemberData(nameof(Unasked))]
    [MemberData(nameof(TooEarly))]
    public async Task Before_anything_is_proved_it_ends_the_stream(Link link, string input, string condition) =>
        await evil.EndsStreamAsync(await evil.ReachAsync(link, verified: false), Named(link, input), condition);

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task On_a_verified_stream_it_ends_the_stream(Link link, string input, string condition) =>
        await evil.EndsStreamAsync(
            await evil.ReachAsync(link, verified: true),
            input.Replace(XmlRows.Witness, $"from='m@{evil.Network[link].Domain}' {XmlRows.Witness}", StringComparison.Ordinal),
            condition);

    [Theory]
    [MemberData(nameof(Unasked))]
    public async Task On_a_verified_stream_nobody_asked_for_it_either(Link link, string input, string condition) =>
        await evil.EndsStreamAsync(await evil.ReachAsync(link, verified: true), Named(link, input), condition);

    [Theory]
    [MemberData(nameof(ForOthers))]
    public async Task A_verified_pair_is_good_for_no_other(Link link, string input, string condition)
    {
        var peer = await evil.ReachAsync(link, verified: true);
        if (condition.Length > 0)
        {
            await evil.EndsStreamAsync(peer, Named(link, input), condition);
            return;
        }

        // TLS once there is something on the stream, or twice: refused, and what came behind it never looked at.
        await peer.SendAsync(Named(link, input));
        Assert.True((await peer.ReceiveAsync()).Is("failure", Namespaces.Tls), peer.Describe("<failure/> was due"));
        await peer.ExpectCloseAsync();
        await evil.Network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData(Link.Plain, $"<starttls xmlns='{Namespaces.Tls}'/><db:result from='plain.example' to='example.org'>{Key}</db:result>")]
    [InlineData(Link.Plain, $"<starttls xmlns='{Namespaces.Tls}'/><stream:stream xmlns='jabber:server' xmlns:stream='{Namespaces.Streams}' to='example.org' version='1.0'>")]
    [InlineData(Link.Plain, $"<starttls xmlns='{Namespaces.Tls}'/>x")]
    public async Task Plaintext_behind_starttls_is_never_read(Link link, string input)
    {
        var peer = await evil.ReachAsync(link, verified: false);
        await peer.SendAsync(input);
        Assert.True((await peer.ReceiveAsync()).Is("proceed", Namespaces.Tls), peer.Describe("<proceed/> was due"));
        await peer.ExpectStreamErrorAsync("policy-violation");
        await evil.Network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData("<db:result from='starttls.example' to='example.org'>{0}</db:result>", "result")]
    [InlineData("<db:verify from='starttls.example' to='example.org' id='1'>{0}</db:verify>", "verify")]
    public async Task Without_TLS_where_it_is_required_nothing_is_proved(string input, string name)
    {
        // It names itself as somebody who may do without, and speaks for somebody who may not.
        var peer = await evil.ReachAsync(Link.Plain, verified: false);
        await peer.SendAsync(string.Format(null, input, Key));
        var answer = await peer.ReceiveAsync();
        Assert.Equal((name, "error"), (answer.LocalName, answer.Attribute("type")));
        Assert.NotNull(answer.Child("error", Namespaces.Server)?.Child("policy-violation", Namespaces.StanzaErrors));
        await evil.EndsStreamAsync(peer, EvilNetwork.Messages("starttls.example"), "not-authorized");
    }

    private static string Header(string from) =>
        $"<stream:stream xmlns='jabber:server' xmlns:stream='{Namespaces.Streams}' {from} to='example.org' version='1.0'>";

    private string Named(Link link, string input) => input.Replace("{0}", evil.Network[link].Domain, StringComparison.Ordinal);
}
