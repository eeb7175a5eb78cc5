using Parley.Protocol;
using Parley.Server.Connections.Bosh;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Bosh;

/// <summary>Hostile and broken input: the same outcomes as over TCP, or those of the wrapper where that is what is broken.</summary>
public sealed class BoshHostileTests
{
    [Theory]
    [InlineData("<a></b>", "not-well-formed")]
    [InlineData("<message a='1' a='2'/>", "not-well-formed")]
    [InlineData("<message><body>&nbsp;</body></message>", "restricted-xml")]
    [InlineData("<message><body>&</body></message>", "not-well-formed")]
    [InlineData("<x:message/>", "not-well-formed")]
    [InlineData("<message><body>&#0;</body></message>", "not-well-formed")]
    [InlineData("<message><body>\uFFFE</body></message>", "not-well-formed")]
    [InlineData("<message><!-- --></message>", "restricted-xml")]
    [InlineData("<!DOCTYPE a>", "restricted-xml")]
    [InlineData("<?php ?>", "restricted-xml")]
    [InlineData("<body xmlns='http://jabber.org/protocol/httpbind'/>", "invalid-xml")]
    [InlineData("hello", "invalid-xml")]
    [InlineData("<unknown xmlns='urn:x'/>", "unsupported-stanza-type")]
    [InlineData("<message from='bob@example.org'/>", "invalid-from")]
    public async Task A_payload_that_is_broken_ends_the_stream(string payload, string condition)
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/phone");
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var reply = await alice.SendAsync(payload).InTimeAsync();
        reply.IsStreamError(condition);
        await bob.ExpectNothingAsync();
    }

    [Fact]
    public async Task Nothing_is_handled_of_a_body_that_is_broken_further_on()
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/phone");
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        (await alice.SendAsync("<message to='bob@example.org/phone'/><a>").InTimeAsync()).IsStreamError("not-well-formed");
        await bob.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("<!DOCTYPE body [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><body rid='1' to='&x;' xmlns='http://jabber.org/protocol/httpbind'/>")]
    [InlineData("<!-- --><body rid='1' to='example.org' xmlns='http://jabber.org/protocol/httpbind'/>")]
    [InlineData("<body rid='1' to='example.org' a='&x;' xmlns='http://jabber.org/protocol/httpbind'/>")]
    [InlineData("<body rid='1' to='example.org' xmlns='http://jabber.org/protocol/httpbind'")]
    [InlineData("<body rid='1' to='example.org' xmlns='http://jabber.org/protocol/httpbind'>")]
    [InlineData("<stream:stream xmlns:stream='http://etherx.jabber.org/streams' to='example.org'>")]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1")]
    public async Task A_wrapper_that_is_broken_is_a_bad_request(string document)
    {
        await using var server = await XmppTestServer.StartAsync();
        var reply = await server.Bosh().PostAsync(document).InTimeAsync();
        if (reply.Status == 200)
        {
            reply.IsTerminal("bad-request");
        }
        else
        {
            // It could be read that the client is an old one.
            Assert.Equal(400, reply.Status);
        }

        Assert.Equal(0, server.Get<BoshSessions>().Count);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_a_bad_request()
    {
        await using var server = await XmppTestServer.StartAsync();
        (await server.Bosh().PostAsync([0xFF, 0xFE, (byte)'<', 0])).IsTerminal("bad-request");
        (await server.Bosh().PostAsync([.. "<body rid='1' to='"u8, 0xC0, 0x80, .. "' xmlns='http://jabber.org/protocol/httpbind'/>"u8])).IsTerminal("bad-request");
    }

    [Theory]
    [InlineData("ver='1.6'", "improper-addressing")]
    [InlineData("to='' ver='1.6'", "improper-addressing")]
    [InlineData("to='example.net' ver='1.6'", "host-unknown")]
    [InlineData("to='alice@example.org' ver='1.6'", "host-unknown")]
    [InlineData("to='a b' ver='1.6'", "host-unknown")]
    public async Task A_session_with_nobody_is_not_begun(string attributes, string condition)
    {
        await using var server = await XmppTestServer.StartAsync();
        (await server.Bosh().CreateAsync(attributes)).IsTerminal(condition);
        Assert.Equal(0, server.Get<BoshSessions>().Count);
    }

    [Fact]
    public async Task A_version_of_XMPP_before_the_first_is_refused()
    {
        await using var server = await XmppTestServer.StartAsync();
        (await server.Bosh().CreateAsync("to='example.org' ver='1.6' xmpp:version='0.9' xmlns:xmpp='urn:xmpp:xbosh'")).IsStreamError("unsupported-version");
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("SomeSID")]
    [InlineData("'/><x y='")]
    public async Task A_guessed_session_is_not_found(string sid)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.LoginBoshAsync("alice@example.org/web");
        var guess = server.Bosh();
        guess.Sid = sid.Replace("'", "&apos;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
        (await guess.SendAsync("<message to='alice@example.org'/>")).IsTerminal("item-not-found");
        Assert.Equal(1, server.Get<BoshSessions>().Count);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3)]
    [InlineData(-4)]
    public async Task A_request_outside_the_window_ends_the_session(int distance)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        (await alice.PostAsync(alice.Document(alice.Rid + distance)).InTimeAsync()).IsTerminal("item-not-found");
        (await alice.SendAsync().InTimeAsync()).IsTerminal("item-not-found");
    }

    [Theory]
    [InlineData("<iq xmlns='jabber:client' type='get' id='1' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>")]
    [InlineData("<message xmlns='jabber:client' to='bob@example.org'><body>hi</body></message>")]
    [InlineData("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")]
    public async Task Before_authentication_there_is_nothing_else(string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh();
        await client.CreateAsync();
        (await client.SendAsync(payload).InTimeAsync()).IsStreamError("not-authorized");
    }

    [Fact]
    public async Task A_stream_begins_anew_where_that_is_due_and_only_there()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var client = server.Bosh();
        await client.CreateAsync();
        (await client.SendAsync(attributes: "to='example.org' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'").InTimeAsync()).IsStreamError("invalid-xml");

        var second = server.Bosh();
        await second.CreateAsync();
        var auth = $"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{Convert.ToBase64String("\0alice\0secret"u8)}</auth>";
        await second.SendAsync(auth).InTimeAsync();
        (await second.SendAsync($"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{Namespaces.Bind}'/></iq>").InTimeAsync()).IsStreamError("invalid-xml");

        var third = server.Bosh();
        await third.CreateAsync();
        var both = await third.SendAsync($"{auth}<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{Namespaces.Bind}'/></iq>").InTimeAsync();
        both.IsStreamError("invalid-xml");
    }

    [Fact]
    public async Task A_restart_goes_where_the_session_went_and_its_payloads_do_not_count()
    {
        await using var server = await XmppTestServer.StartAsync(static options =>
        {
            options.Domains.Add("example.org");
            options.Domains.Add("example.net");
        });
        await server.CreateAccountAsync("alice@example.org");
        var client = server.Bosh();
        await client.CreateAsync();
        await client.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{Convert.ToBase64String("\0alice\0secret"u8)}</auth>").InTimeAsync();
        var restarted = await client.SendAsync("<message xmlns='jabber:client'/>", "xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'").InTimeAsync();
        Assert.True(Assert.Single(restarted.Elements).Is("features", Namespaces.Streams));

        var other = server.Bosh();
        await other.CreateAsync();
        await other.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{Convert.ToBase64String("\0alice\0secret"u8)}</auth>").InTimeAsync();
        (await other.SendAsync(attributes: "to='example.net' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'").InTimeAsync()).IsStreamError("not-authorized");
    }

    [Fact]
    public async Task Failures_to_authenticate_end_the_session()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh();
        await client.CreateAsync();
        var auth = $"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{Convert.ToBase64String("\0alice\0wrong"u8)}</auth>";
        for (var i = 0; i < 2; i++)
        {
            Assert.True(Assert.Single((await client.SendAsync(auth).InTimeAsync()).Elements).Is("failure", Namespaces.Sasl));
        }

        var last = await client.SendAsync(auth).InTimeAsync();
        Assert.Equal("terminate", last.Attribute("type"));
        Assert.True(last.Elements[0].Is("failure", Namespaces.Sasl), last.Text);
    }

    [Fact]
    public async Task A_body_may_hold_more_once_the_client_is_authenticated()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh();
        await client.CreateAsync();
        var large = $"<message xmlns='jabber:client' to='bob@example.org/phone'><body>{new string('x', 20_000)}</body></message>";
        (await client.SendAsync(large).InTimeAsync()).IsTerminal("policy-violation");
        (await server.Bosh().CreateAsync($"to='example.org' ver='1.6' content='{new string('x', 20_000)}'")).IsTerminal("bad-request");

        var bob = await server.LoginAsync("bob@example.org/phone");
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        _ = alice.SendAsync(large + large);
        await bob.MessageAsync();
        await bob.MessageAsync();
        (await alice.SendAsync(string.Concat(Enumerable.Repeat(large, 30))).InTimeAsync()).IsTerminal("policy-violation");

        var carol = await server.LoginBoshAsync("carol@example.org/web");
        var tooLarge = $"<message xmlns='jabber:client'><body>{new string('x', 300_000)}</body></message>";
        (await carol.SendAsync(tooLarge).InTimeAsync()).IsStreamError("policy-violation");
    }

    [Fact]
    public async Task A_body_that_is_too_large_leaves_no_request_without_an_answer()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var held = alice.SendAsync();

        (await alice.SendAsync(new string(' ', 600_000)).WaitAsync(TestClient.Patience)).IsTerminal("policy-violation");

        (await held.WaitAsync(TestClient.Patience)).IsTerminal("other-request");
        await server.EndedBoshAsync();
        (await alice.SendAsync(new string(' ', 600_000)).WaitAsync(TestClient.Patience)).IsTerminal("item-not-found");
    }

    [Fact]
    public async Task A_body_that_is_too_large_and_came_insecurely_harms_no_secure_session()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var eve = server.Bosh(System.Net.IPAddress.Parse("192.0.2.1"));
        eve.Sid = alice.Sid;

        (await eve.SendAsync(new string(' ', 600_000)).WaitAsync(TestClient.Patience)).IsTerminal("item-not-found");

        await alice.IqAsync("get", "example.org", "<ping xmlns='urn:xmpp:ping'/>");
    }

    [Fact]
    public async Task A_client_that_does_not_fetch_what_is_for_it_is_cut_off_and_nothing_is_lost()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxOutputBytes = 64 * 1024);
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        await alice.SendAsync("<presence xmlns='jabber:client'/>").InTimeAsync();
        var bob = await server.LoginAsync("bob@example.org/phone");
        const int count = 200;
        for (var i = 0; i < count; i++)
        {
            await bob.SendAsync($"<message to='alice@example.org' type='chat' id='{i}'><body>{new string('x', 1000)}</body></message>");
            await bob.BarrierAsync();
        }

        var phone = await server.LoginAsync("alice@example.org/phone");
        await phone.PresenceAsync();
        for (var i = 0; i < count; i++)
        {
            Assert.Equal($"{i}", (await phone.MessageAsync()).Attribute("id"));
        }
    }

    [Fact]
    public async Task Attributes_are_written_so_that_they_are_read_as_what_they_are()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        const string id = "a&apos;/&gt;&lt;message to=&apos;x&apos;/&gt;";
        var reply = await alice.SendAsync($"<iq xmlns='jabber:client' type='get' id='{id}' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>").InTimeAsync();
        Assert.Equal("a'/><message to='x'/>", Assert.Single(reply.Elements).Attribute("id"));
    }

    [Fact]
    public async Task Sessions_that_come_and_go_leave_nothing_behind()
    {
        await using var server = await XmppTestServer.StartAsync();
        List<WeakReference> sessions = [];
        for (var i = 0; i < 200; i++)
        {
            await ComeAndGoAsync();
        }

        await server.EndedBoshAsync();
        GC.Collect();
        Assert.InRange(sessions.Count(static session => session.IsAlive), 0, 5);

        async Task ComeAndGoAsync()
        {
            var client = server.Bosh();
            await client.CreateAsync();
            sessions.Add(new WeakReference(server.Get<BoshSessions>().Find(UInt128.Parse(client.Sid!, System.Globalization.NumberStyles.HexNumber))));
            await client.SendAsync(attributes: "type='terminate'").InTimeAsync();
        }
    }
}
