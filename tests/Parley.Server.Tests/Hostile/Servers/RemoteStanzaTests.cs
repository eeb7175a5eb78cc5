using System.Globalization;
using System.Net;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;
using Parley.Server.Storage;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>What a server that has proved its domain can do with it: as little as any stranger.</summary>
public class RemoteStanzaTests
{
    private const string Host = EvilNetwork.Host;

    public static TheoryData<string> Requests =>
    [
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>",
        "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>",
        "<query xmlns='jabber:iq:register'/>",
        "<query xmlns='jabber:iq:register'><remove/></query>",
        "<query xmlns='jabber:iq:register'><username>absent</username><password>x</password></query>",
        "<query xmlns='jabber:iq:roster'/>",
        "<query xmlns='jabber:iq:roster'><item jid='m@starttls.example' subscription='both'/></query>",
        "<query xmlns='jabber:iq:private'><a xmlns='urn:x'/></query>",
        "<query xmlns='jabber:iq:last'/>",
        "<query xmlns='jabber:iq:version'/>",
        "<query xmlns='http://jabber.org/protocol/disco#info'/>",
        "<query xmlns='http://jabber.org/protocol/disco#items'/>",
        "<vCard xmlns='vcard-temp'/>",
        "<blocklist xmlns='urn:xmpp:blocking'/>",
        "<block xmlns='urn:xmpp:blocking'><item jid='a@example.net'/></block>",
        "<query xmlns='urn:xmpp:mam:2'/>",
        "<prefs xmlns='urn:xmpp:mam:2'/>",
        "<enable xmlns='urn:xmpp:carbons:2'/>",
        "<ping xmlns='urn:xmpp:ping'/>",
        "<unheard-of xmlns='urn:x'/>",
    ];

    public static TheoryData<string, string> Forged => new()
    {
        { "<stanza-id xmlns='urn:xmpp:sid:0' by='witness@example.org' id='forged'/>", "forged" },
        { "<stanza-id xmlns='urn:xmpp:sid:0' by='example.org' id='forged'/><stanza-id xmlns='urn:xmpp:sid:0' by='example.org' id='forged'/><stanza-id xmlns='urn:xmpp:sid:0' by='witness@example.org' id='forged'/>", "forged" },
        { "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2002-09-10T23:08:25Z'/>", "2002" },
        { "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2002-09-10T23:08:25Z'/><delay xmlns='urn:xmpp:delay' from='EXAMPLE.org' stamp='2002-09-10T23:08:25Z'/>", "2002" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_request_is_answered_as_if_the_account_did_not_exist(string payload)
    {
        await using var network = await EvilNetwork.StartAsync();
        var (peer, replies) = await VerifiedAsync(network);
        var before = await AnswersAsync("nobody");

        Assert.Equal(before, await AnswersAsync("witness"));
        Assert.Equal(before, await AnswersAsync("absent"));
        await network.NobodyNoticedAsync();

        async Task<string> AnswersAsync(string name)
        {
            var answers = "";
            foreach (var type in new[] { "get", "set" })
            {
                foreach (var resource in new[] { "", "/unknown" })
                {
                    await peer.SendAsync($"<iq type='{type}' id='same' from='m@starttls.example/x' to='{name}@{Host}{resource}'>{payload}</iq>");
                    answers += (await ReplyAsync(replies)).ToText().Replace($"{name}@", "name@", StringComparison.Ordinal);
                }
            }

            return answers;
        }
    }

    [Theory]
    [InlineData("probe")]
    [InlineData("unsubscribe")]
    [InlineData("unsubscribed")]
    [InlineData("unavailable")]
    public async Task Presence_tells_nothing_of_who_there_is(string type)
    {
        await using var network = await EvilNetwork.StartAsync();
        var (peer, replies) = await VerifiedAsync(network);
        var nobody = await AnswerAsync("nobody");

        Assert.Equal(nobody, await AnswerAsync("absent"));
        Assert.Equal(nobody, await AnswerAsync("witness"));

        // The answer to a ping of the server is behind all that came of the presence.
        async Task<string> AnswerAsync(string name)
        {
            await peer.SendAsync($"<presence type='{type}' id='p' from='m@starttls.example/x' to='{name}@{Host}'/>"
                + $"<iq type='get' id='ping' from='m@starttls.example/x' to='{Host}'><ping xmlns='urn:xmpp:ping'/></iq>");
            var said = "";
            while (await ReplyAsync(replies) is { } reply && reply.LocalName != "iq")
            {
                said += reply.ToText().Replace($"{name}@", "name@", StringComparison.Ordinal);
            }

            return said;
        }
    }

    [Theory]
    [MemberData(nameof(Forged))]
    public async Task What_only_this_server_may_say_is_taken_out(string forged, string mark)
    {
        await using var network = await EvilNetwork.StartAsync();
        var witness = await network.Server.LoginAsync($"witness@{Host}/second");
        var (peer, _) = await VerifiedAsync(network);

        foreach (var to in new[] { $"witness@{Host}/second", $"witness@{Host}/second" })
        {
            await peer.SendAsync($"<message type='chat' from='m@starttls.example/x' to='{to}'><body>hi</body>{forged}</message>");
            var message = await witness.MessageAsync();
            Assert.Equal("hi", message.Body());
            Assert.DoesNotContain(mark, message.ToText(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("<iq from='m@starttls.example' to='witness@example.org'/>")]
    [InlineData("<iq type='get' from='m@starttls.example' to='witness@example.org'><ping xmlns='urn:xmpp:ping'/></iq>")]
    [InlineData("<iq type='other' id='1' from='m@starttls.example' to='witness@example.org/w'><ping xmlns='urn:xmpp:ping'/></iq>")]
    [InlineData("<iq type='get' id='1' from='m@starttls.example' to='witness@example.org/w'/>")]
    [InlineData("<iq type='get' id='1' from='m@starttls.example' to='witness@example.org/w'><a xmlns='urn:x'/><b xmlns='urn:x'/></iq>")]
    [InlineData("<presence type='other' id='1' from='m@starttls.example' to='witness@example.org/w'/>")]
    public async Task What_is_not_sound_is_a_bad_request_and_the_stream_goes_on(string stanza)
    {
        await using var network = await EvilNetwork.StartAsync();
        var (peer, replies) = await VerifiedAsync(network);

        await peer.SendAsync(stanza);

        (await ReplyAsync(replies)).IsError("bad-request", "modify");
        await network.NobodyNoticedAsync();
    }

    // Other servers prepare addresses differently: whoever is a user there could end the stream of all of them.
    [Theory]
    [InlineData("\u2665@example.org")]
    [InlineData("@example.org")]
    [InlineData("witness@example.org/\uE000")]
    [InlineData("")]
    [InlineData("1024")]
    public async Task A_recipient_that_is_no_address_is_told_to_the_sender_and_the_stream_goes_on(string to)
    {
        await using var network = await EvilNetwork.StartAsync();
        var (peer, replies) = await VerifiedAsync(network);
        to = to == "1024" ? new string('m', 1024) + "@example.org" : to;

        await peer.SendAsync($"<message id='1' from='m@starttls.example/x' to='{to}'><body>x</body></message>"
            + $"<message type='error' id='2' from='m@starttls.example/x' to='{to}'/>"
            + $"<iq type='get' id='after' from='starttls.example' to='{Host}'><ping xmlns='urn:xmpp:ping'/></iq>");

        var error = await ReplyAsync(replies);
        error.IsError("jid-malformed", "modify");
        Assert.Equal(("1", "m@starttls.example/x", Host), (error.Attribute("id"), error.Attribute("to"), error.Attribute("from")));
        Assert.Equal("after", (await ReplyAsync(replies)).Attribute("id"));
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData("\u2665@starttls.example")]
    [InlineData("@starttls.example/x")]
    [InlineData("m@starttls.example/\uE000")]
    public async Task A_sender_of_the_domain_that_is_no_address_is_ignored_and_the_stream_goes_on(string from)
    {
        await using var network = await EvilNetwork.StartAsync();
        var (peer, replies) = await VerifiedAsync(network);

        await peer.SendAsync($"<message id='1' from='{from}' to='witness@{Host}/w'><body>x</body></message>"
            + $"<iq type='get' id='2' from='{from}' to='{Host}'><ping xmlns='urn:xmpp:ping'/></iq>"
            + $"<iq type='get' id='after' from='starttls.example' to='{Host}'><ping xmlns='urn:xmpp:ping'/></iq>");

        Assert.Equal("after", (await ReplyAsync(replies)).Attribute("id"));
        await network.NobodyNoticedAsync();
    }

    // What came in answer to nothing, and errors, are answered with nothing: two servers could go on for ever.
    [Theory]
    [InlineData("<iq type='result' id='1' from='m@starttls.example' to='nobody@example.org/x'/>")]
    [InlineData("<iq type='error' id='1' from='m@starttls.example' to='example.org'/>")]
    [InlineData("<iq type='error' from='m@starttls.example' to='absent@example.org'/>")]
    [InlineData("<message type='error' id='1' from='m@starttls.example' to='nobody@example.org/x'><body>x</body></message>")]
    [InlineData("<message type='error' id='1' from='m@starttls.example' to='absent@example.org'><body>x</body></message>")]
    [InlineData("<presence type='error' id='1' from='m@starttls.example' to='nobody@example.org'/>")]
    [InlineData("<presence from='m@starttls.example' to='example.org'/>")]
    public async Task An_error_or_a_result_is_not_answered(string stanza)
    {
        await using var network = await EvilNetwork.StartAsync();
        var (peer, replies) = await VerifiedAsync(network);

        await peer.SendAsync(stanza + $"<iq type='get' id='after' from='starttls.example' to='{Host}'><ping xmlns='urn:xmpp:ping'/></iq>");

        Assert.Equal("after", (await ReplyAsync(replies)).Attribute("id"));
        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task An_offline_flood_is_bounded_and_answered_and_does_not_keep_others_waiting()
    {
        await using var network = await EvilNetwork.StartAsync(static options =>
        {
            options.MaxOfflineMessages = 50;
            options.ArchiveDefault = Parley.Protocol.Extensions.ArchiveDefault.Never;
        });
        var (peer, replies) = await VerifiedAsync(network);

        for (var i = 0; i < 500; i++)
        {
            await peer.SendAsync($"<message type='chat' id='{i}' from='m{i}@starttls.example/x' to='absent@{Host}'><body>{i}</body></message>");
        }

        for (var i = 50; i < 500; i++)
        {
            var error = await ReplyAsync(replies);
            error.IsError("service-unavailable", "cancel");
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), error.Attribute("id"));
        }

        Assert.Equal(50, await network.Server.Get<IOfflineStore>().CountAsync(Jid.Parse($"absent@{Host}"), CancellationToken.None));
    }

    // Each message is answered with an error that nobody reads: what waits for it is bounded, and the rest is dropped.
    [Fact]
    public async Task A_server_that_asks_without_end_and_reads_nothing_is_cut_off()
    {
        await using var network = await EvilNetwork.StartAsync(static options => options.Federation.MaxQueuedBytes = options.Federation.MaxUnacknowledgedBytes = 128 * 1024);
        var (peer, replies) = await VerifiedAsync(network);
        for (var i = 0; i < 500; i++)
        {
            await peer.SendAsync(string.Concat(Enumerable.Repeat($"<message type='chat' from='m@starttls.example/x' to='nobody@{Host}'><body>x</body></message>", 20)));
        }

        // All of it has been handled when this is answered.
        await peer.SendAsync("<unknown/>");
        await peer.ExpectStreamErrorAsync("unsupported-stanza-type");
        Assert.True(replies.Connection.IsAborted);
        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task Who_sends_too_fast_is_read_no_faster_than_it_may_and_others_are_served()
    {
        await using var network = await EvilNetwork.StartAsync(static options =>
        {
            options.RateLimits = true;
            options.MaxBytesPerSecond = 16 * 1024;
        });
        var (peer, _) = await VerifiedAsync(network);
        var witness = await network.Server.LoginAsync($"witness@{Host}/second");
        var body = new string('x', 8000);
        var flood = Task.Run(
            async () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    await peer.SendAsync($"<message id='{i}' from='m@starttls.example/x' to='witness@{Host}/second'><body>{body}</body></message>");
                }
            },
            TestContext.Current.CancellationToken);

        await network.Server.Time.WhenDelayedAsync();
        var came = (await witness.ReceiveAllAsync()).Count;
        Assert.InRange(came, 1, 50);
        await network.NobodyNoticedAsync();

        // Nothing is lost by that: it comes as time goes on.
        while (came < 100)
        {
            await network.Server.Time.WhenDelayedAsync();
            network.Server.Time.Advance(TimeSpan.FromSeconds(1));
            came += (await witness.ReceiveAllAsync()).Count;
        }

        await flood;
    }

    internal static async Task<(TestClient Peer, TestClient Replies)> VerifiedAsync(EvilNetwork network, IPAddress? address = null)
    {
        var evil = network[Link.StartTls];
        var peer = await evil.OpenAsync(network.Server, address: address);
        await peer.SendAsync($"<db:result from='{evil.Domain}' to='{Host}'>{ServerPeer.Key}</db:result>");
        var replies = await evil.AcceptAsync();
        await replies.AnswerAsync("valid");
        await peer.ExpectAsync("result", Host, evil.Domain, "valid");

        // Its replies flow at once.
        await peer.SendAsync($"<iq type='get' id='first' from='{evil.Domain}' to='{Host}'><ping xmlns='urn:xmpp:ping'/></iq>");
        await replies.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback));
        await replies.SendAsync($"<db:result from='{evil.Domain}' to='{Host}' type='valid'/>");
        Assert.Equal("first", (await ReplyAsync(replies)).Attribute("id"));
        return (peer, replies);
    }

    private static Task<XmlElement> ReplyAsync(TestClient replies) => replies.ReceiveAsync(static element => element.NamespaceUri == Namespaces.Server);
}
