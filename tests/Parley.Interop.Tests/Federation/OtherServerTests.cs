using System.Xml.Linq;
using Parley.Interop.Tests.Federation.Servers;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>What people of Parley and of another server have of each other: alice is here, bob is there.</summary>
public abstract partial class OtherServerTests(ServerPairs pairs) : IDisposable
{
    private protected const int Messages = 100;
    private protected static readonly XName Body = StreamClient.Client + "body";
    private ServerPair? _pair;

    [Theory]
    [InlineData(ServerProof.Dialback)]
    [InlineData(ServerProof.Certificate)]
    [InlineData(ServerProof.DirectTls)]
    public async Task Chat_and_requests_go_both_ways(ServerProof proof)
    {
        var pair = await PairAsync(proof);
        using var time = new TestTime(100);
        var (alice, bob) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var __ = bob;

        // The other server is found, and finds ours.
        const string Odd = "<&'\"> \u00fc \u4e2d \U0001f600\n";
        await alice.SayAsync(bob.Address, "first", Odd, time.Token);
        var first = await bob.MessageAsync("first", time.Token);
        Assert.Equal((alice.FullAddress, Odd), (first.Attribute("from")?.Value, first.Element(Body)?.Value));
        await bob.SayAsync(alice.FullAddress, "second", Odd, time.Token);
        var second = await alice.MessageAsync("second", time.Token);
        Assert.Equal((bob.FullAddress, Odd), (second.Attribute("from")?.Value, second.Element(Body)?.Value));
        Assert.Contains($"{pair.There.Domain} has proven who it is by {(proof == ServerProof.Dialback ? "dialback" : "EXTERNAL")}, over TLS", pair.Here.Transcript, StringComparison.Ordinal);

        await AssertOrderAsync(alice, bob, time.Token);
        await AssertOrderAsync(bob, alice, time.Token);

        // Requests, to the servers and to each other.
        Assert.Equal("result", (await alice.AskAsync("get", pair.There.Domain, Disco, time.Token)).Attribute("type")?.Value);
        Assert.Equal("result", (await bob.AskAsync("get", pair.Here.Domain, Disco, time.Token)).Attribute("type")?.Value);
        await alice.SendAsync($"<iq type='get' to='{bob.FullAddress}' id='direct'>{Disco}</iq>", time.Token);
        await bob.HearAsync(static stanza => stanza.Attribute("id")?.Value == "direct", time.Token);
        await bob.SendAsync($"<iq type='result' to='{alice.FullAddress}' id='direct'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", time.Token);
        await alice.HearAsync(static stanza => stanza.Attribute("id")?.Value == "direct", time.Token);

        // Nobody of that name, on either side.
        await alice.SayAsync($"nobody@{pair.There.Domain}", "nobody", "?", time.Token);
        Assert.Equal("service-unavailable", Person.Condition(await alice.MessageAsync("nobody", time.Token)));
        await bob.SayAsync($"nobody@{pair.Here.Domain}", "nobody", "?", time.Token);
        Assert.Equal("service-unavailable", Person.Condition(await bob.MessageAsync("nobody", time.Token)));
    }

    [Theory]
    [InlineData(ServerProof.Dialback)]
    [InlineData(ServerProof.Certificate)]
    [InlineData(ServerProof.DirectTls)]
    public async Task Subscriptions_and_presence_go_both_ways(ServerProof proof)
    {
        var pair = await PairAsync(proof);
        using var time = new TestTime(100);
        var (alice, first) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var bob = first;

        // alice would like to see bob (RFC 6121 §3.1).
        await alice.SendAsync($"<presence to='{bob.Address}' type='subscribe'/>", time.Token);
        await bob.PresenceAsync(alice.Address, "subscribe", time.Token);
        await alice.RosterSaysAsync(bob.Address, "none", true, time.Token);
        await bob.SendAsync($"<presence to='{alice.Address}' type='subscribed'/>", time.Token);
        await alice.PresenceAsync(bob.FullAddress, null, time.Token);
        await alice.RosterSaysAsync(bob.Address, "to", false, time.Token);
        await bob.RosterSaysAsync(alice.Address, "from", false, time.Token);

        // And bob alice.
        await bob.SendAsync($"<presence to='{alice.Address}' type='subscribe'/>", time.Token);
        await alice.PresenceAsync(bob.Address, "subscribe", time.Token);
        await bob.RosterSaysAsync(alice.Address, "from", true, time.Token);
        await alice.SendAsync($"<presence to='{bob.Address}' type='subscribed'/>", time.Token);
        await bob.PresenceAsync(alice.FullAddress, null, time.Token);
        await alice.RosterSaysAsync(bob.Address, "both", false, time.Token);
        await bob.RosterSaysAsync(alice.Address, "both", false, time.Token);

        // What they show arrives.
        await alice.SendAsync("<presence><show>away</show><status>tea</status></presence>", time.Token);
        Assert.Equal("tea", (await bob.PresenceAsync(alice.FullAddress, null, time.Token)).Element(StreamClient.Client + "status")?.Value);
        await bob.SendAsync("<presence><show>dnd</show><status>work</status></presence>", time.Token);
        Assert.Equal("work", (await alice.PresenceAsync(bob.FullAddress, null, time.Token)).Element(StreamClient.Client + "status")?.Value);

        // Who goes is gone, who comes asks (§4.3), on either side.
        await bob.DisposeAsync();
        await alice.PresenceAsync(bob.FullAddress, "unavailable", time.Token);
        await using var again = await Person.LogInAsync(pair.There, bob.User, time.Token, "again");
        await alice.PresenceAsync(again.FullAddress, null, time.Token);
        await again.PresenceAsync(alice.FullAddress, null, time.Token);
        await using (var other = await Person.LogInAsync(pair.Here, alice.User, time.Token, "other"))
        {
            await again.PresenceAsync(other.FullAddress, null, time.Token);
            await other.PresenceAsync(again.FullAddress, null, time.Token);
        }

        await again.PresenceAsync($"{alice.Address}/other", "unavailable", time.Token);

        // alice no longer wants to see bob (§3.3), and then not to be seen by him (§3.2).
        await alice.SendAsync($"<presence to='{bob.Address}' type='unsubscribe'/>", time.Token);
        if (pair.There.TellsWhoUnsubscribes)
        {
            await alice.PresenceAsync(again.FullAddress, "unavailable", time.Token);
        }

        await alice.RosterSaysAsync(bob.Address, "from", false, time.Token);
        await again.RosterSaysAsync(alice.Address, "to", false, time.Token);
        await alice.SendAsync($"<presence to='{bob.Address}' type='unsubscribed'/>", time.Token);
        await again.PresenceAsync(alice.FullAddress, "unavailable", time.Token);
        await alice.RosterSaysAsync(bob.Address, "none", false, time.Token);
        await again.RosterSaysAsync(alice.Address, "none", false, time.Token);
    }

    [Theory]
    [InlineData(ServerProof.Dialback)]
    [InlineData(ServerProof.Certificate)]
    [InlineData(ServerProof.DirectTls)]
    public async Task Whoever_is_blocked_here_is_kept_out(ServerProof proof)
    {
        var pair = await PairAsync(proof);
        using var time = new TestTime(100);
        var (alice, bob) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var __ = bob;
        await bob.SendAsync($"<presence to='{alice.Address}' type='subscribe'/>", time.Token);
        await alice.PresenceAsync(bob.Address, "subscribe", time.Token);
        await alice.SendAsync($"<presence to='{bob.Address}' type='subscribed'/>", time.Token);
        await bob.PresenceAsync(alice.FullAddress, null, time.Token);

        // To bob she has gone (XEP-0191 §3.3), and whatever he sends is refused.
        await alice.AskAsync("set", null, $"<block xmlns='urn:xmpp:blocking'><item jid='{bob.Address}'/></block>", time.Token);
        await bob.PresenceAsync(alice.FullAddress, "unavailable", time.Token);
        await bob.SayAsync(alice.Address, "blocked", "?", time.Token);
        Assert.Equal("service-unavailable", Person.Condition(await bob.MessageAsync("blocked", time.Token)));
        Assert.Equal("service-unavailable", Person.Condition(await bob.AskAsync("get", alice.FullAddress, "<query xmlns='jabber:iq:version'/>", time.Token)));

        // What she sends to him does not leave.
        await alice.SayAsync(bob.Address, "mistake", "?", time.Token);
        Assert.Equal("not-acceptable", Person.Condition(await alice.MessageAsync("mistake", time.Token)));

        await alice.AskAsync("set", null, $"<unblock xmlns='urn:xmpp:blocking'><item jid='{bob.Address}'/></unblock>", time.Token);
        await bob.PresenceAsync(alice.FullAddress, null, time.Token);
        await bob.SayAsync(alice.Address, "again", "!", time.Token);
        await alice.MessageAsync("again", time.Token);
        Assert.Empty(alice.Take(static stanza => stanza.Attribute("id")?.Value == "blocked"));
        Assert.Empty(bob.Take(static stanza => stanza.Attribute("id")?.Value == "mistake"));
    }

    [Theory]
    [InlineData(ServerProof.Dialback)]
    [InlineData(ServerProof.Certificate)]
    [InlineData(ServerProof.DirectTls)]
    public async Task Messages_bounce_or_arrive_while_the_other_server_is_stopped_and_started(ServerProof proof)
    {
        var pair = await PairAsync(proof);
        using var time = new TestTime(100);
        var (alice, first) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var bob = first;
        await alice.SayAsync(bob.Address, "before", "", time.Token);
        await bob.MessageAsync("before", time.Token);
        await bob.SayAsync(alice.Address, "before", "", time.Token);
        await alice.MessageAsync("before", time.Token);

        // While nobody listens, while it starts, and as soon as it has.
        await pair.There.StopAsync(time.Token);
        var sent = new List<string>();
        await SendSomeAsync("down");
        var start = pair.There.StartAsync(time.Token);
        await SendSomeAsync("starting");
        await start;
        await SendSomeAsync("up");
        await using var again = await Person.LogInAsync(pair.There, bob.User, time.Token, "again");

        // Chat goes on: the first that does not come back arrives.
        for (var i = 0; ; i++)
        {
            sent.Add($"on{i}");
            await alice.SayAsync(bob.Address, sent[^1], "", time.Token);
            if (await Person.FirstToHearAsync(sent[^1], time.Token, alice, again) == again)
            {
                break;
            }
        }

        await again.SayAsync(alice.Address, "after", "", time.Token);
        await alice.MessageAsync("after", time.Token);

        // What a server stored while its user was coming online, some give to whoever comes online next.
        await using var later = await Person.LogInAsync(pair.There, bob.User, time.Token, "later");
        var (bounced, arrived) = (new HashSet<string>(), new HashSet<string>());
        foreach (var id in sent)
        {
            var isAtAlice = await Person.FirstToHearAsync(id, time.Token, alice, again, later) == alice;
            Assert.True((isAtAlice ? bounced : arrived).Add(id));
        }

        // None came and bounced as well. (Some give what they stored while their user came online to both of his clients.)
        await alice.PingAsync(time.Token);
        await again.PingAsync(time.Token);
        await later.PingAsync(time.Token);
        Assert.Equal(bounced.Count, alice.Take(stanza => IsOneOf(sent, stanza)).Count);
        Assert.Equal(arrived.Count, again.Take(stanza => IsOneOf(sent, stanza)).Concat(later.Take(stanza => IsOneOf(sent, stanza))).DistinctBy(static stanza => stanza.Attribute("id")!.Value).Count());
        Assert.Superset(sent.Where(static id => id.StartsWith("down", StringComparison.Ordinal)).ToHashSet(), bounced);

        async Task SendSomeAsync(string when)
        {
            for (var i = 0; i < 10; i++)
            {
                sent.Add($"{when}{i}");
                await alice.SayAsync(bob.Address, sent[^1], "", time.Token);
            }

            await alice.PingAsync(time.Token);
        }
    }

    [Fact]
    public async Task What_the_other_server_sends_arrives_or_bounces_when_Parley_is_stopped_and_started()
    {
        var pair = await PairAsync(ServerProof.Certificate);
        using var time = new TestTime(100);
        var (alice, bob) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var __ = bob;

        var chat = await InterruptedChat.RunAsync(bob, alice, pair.Here, () => pair.Here.StopAsync(time.Token), time.Token);

        // Of others it is not certain that they lose nothing themselves when the stream ends: ejabberd bounces what its connection still has to send, and not what comes until that is gone.
        chat.AssertNoneIsDoubled();
        chat.AssertNoneIsMissingInBetween();
        Assert.True(chat.Lost.Count == 0 || pair.There is not ParleyServer, string.Join(' ', chat.Lost));
    }

    private static bool IsOneOf(List<string> ids, XElement stanza) =>
        stanza.Name.LocalName == "message" && stanza.Attribute("id")?.Value is { } id && ids.Contains(id);

    /// <summary>The pair of servers of a test.</summary>
    private protected async Task<ServerPair> PairAsync(ServerProof proof) => _pair = await pairs.PairAsync(proof);

    /// <summary>What both servers have said goes with a failure.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState is { Result: TestResult.Failed } && _pair is { } pair)
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"Names:\n{pair.Names}\nHere:\n{pair.Here.Transcript}\nThere:\n{pair.There.Transcript}");
        }
    }

    // Order is kept (RFC 6120 §10.1), and nothing is missing or doubled.
    private static async Task AssertOrderAsync(Person sender, Person recipient, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Messages; i++)
        {
            await sender.SayAsync(recipient.FullAddress, $"o{i}", $"{i}", cancellationToken);
        }

        await sender.SayAsync(recipient.FullAddress, "end", "", cancellationToken);
        await recipient.MessageAsync("end", cancellationToken);
        Assert.Equal(
            Enumerable.Range(0, Messages).Select(static i => $"o{i}"),
            recipient.Take(static stanza => stanza.Attribute("id")?.Value[0] == 'o').Select(static stanza => stanza.Attribute("id")!.Value));
    }
}
