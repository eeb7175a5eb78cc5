using System.Xml.Linq;
using Parley.Interop.Tests.Federation.Servers;
using Xunit;

namespace Parley.Interop.Tests.Federation;

// Rooms of one server, with somebody of the other in them.
public abstract partial class OtherServerTests
{
    private const string Disco = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    private static readonly XNamespace MucUser = "http://jabber.org/protocol/muc#user";

    [Theory]
    [InlineData(ServerProof.Dialback, false)]
    [InlineData(ServerProof.Certificate, false)]
    [InlineData(ServerProof.DirectTls, false)]
    [InlineData(ServerProof.Dialback, true)]
    [InlineData(ServerProof.Certificate, true)]
    [InlineData(ServerProof.DirectTls, true)]
    public async Task A_room_of_one_side_is_joined_from_the_other(ServerProof proof, bool isHere)
    {
        var pair = await PairAsync(proof);
        using var time = new TestTime(100);
        var (one, other) = await pair.MeetAsync(time.Token);
        var (alice, bob, server) = isHere ? (other, one, pair.Here) : (one, other, pair.There);
        await using var _ = bob;
        var room = $"{bob.User}@{server.Setup.Place.Rooms}";
        await JoinAsync(bob, room, "bob", time.Token);
        await bob.AskAsync("set", room, "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>", time.Token);

        // It tells what it is.
        var about = await alice.AskAsync("get", room, Disco, time.Token);
        Assert.Contains("conference", about.Descendants().Attributes("category").Select(static category => category.Value));

        // Who is there, who comes, and what was said last (XEP-0045 §7.2).
        await JoinAsync(alice, room, "alice", time.Token);
        await alice.PresenceAsync($"{room}/bob", null, time.Token);
        await bob.PresenceAsync($"{room}/alice", null, time.Token);
        await alice.HearAsync(static stanza => stanza.Elements().Any(static child => child.Name.LocalName == "subject"), time.Token);

        // Each domain of a server is answered, whichever opened a stream first.
        Assert.Equal("result", (await alice.AskAsync("get", server.Domain, Disco, time.Token)).Attribute("type")?.Value);
        Assert.Equal("result", (await bob.AskAsync("get", (isHere ? pair.There : pair.Here).Domain, Disco, time.Token)).Attribute("type")?.Value);

        // What either says, both hear, in its order.
        await SayAsync(alice, room, "a", time.Token);
        await AssertHeardAsync(bob, $"{room}/alice", "a", time.Token);
        await AssertHeardAsync(alice, $"{room}/alice", "a", time.Token);
        await SayAsync(bob, room, "b", time.Token);
        await AssertHeardAsync(alice, $"{room}/bob", "b", time.Token);
        await AssertHeardAsync(bob, $"{room}/bob", "b", time.Token);
        await alice.SayAsync($"{room}/bob", "private", "psst", time.Token);
        await bob.HearAsync(stanza => stanza.Attribute("from")?.Value == $"{room}/alice" && stanza.Element(Body)?.Value == "psst", time.Token);
        await bob.SayAsync($"{room}/alice", "private", "what?", time.Token);
        await alice.HearAsync(stanza => stanza.Attribute("from")?.Value == $"{room}/bob" && stanza.Element(Body)?.Value == "what?", time.Token);

        // Leaving, with a word and without.
        await alice.SendAsync($"<presence to='{room}/alice' type='unavailable'><status>bye</status></presence>", time.Token);
        await alice.PresenceAsync($"{room}/alice", "unavailable", time.Token);
        await bob.PresenceAsync($"{room}/alice", "unavailable", time.Token);
        await JoinAsync(alice, room, "alice", time.Token);
        await bob.PresenceAsync($"{room}/alice", null, time.Token);
        await alice.DisposeAsync();
        await bob.PresenceAsync($"{room}/alice", "unavailable", time.Token);
    }

    private static async Task JoinAsync(Person person, string room, string nick, CancellationToken cancellationToken)
    {
        await person.SendAsync($"<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>", cancellationToken);
        var self = await person.PresenceAsync($"{room}/{nick}", null, cancellationToken);
        Assert.Contains("110", self.Element(MucUser + "x")!.Elements(MucUser + "status").Select(static status => status.Attribute("code")?.Value));
    }

    private static async Task SayAsync(Person person, string room, string what, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 10; i++)
        {
            await person.SendAsync($"<message to='{room}' type='groupchat' id='{what}{i}'><body>{what}{i}</body></message>", cancellationToken);
        }
    }

    private static async Task AssertHeardAsync(Person person, string from, string what, CancellationToken cancellationToken)
    {
        var expected = Enumerable.Range(0, 10).Select(i => $"{what}{i}").ToList();
        await person.HearAsync(stanza => Is(stanza, expected[^1]), cancellationToken);
        Assert.Equal(expected[..^1], person.Take(stanza => expected.Exists(body => Is(stanza, body))).Select(static stanza => stanza.Element(Body)!.Value));

        bool Is(XElement stanza, string body) =>
            stanza.Attribute("type")?.Value == "groupchat" && stanza.Attribute("from")?.Value == from && stanza.Element(Body)?.Value == body;
    }
}
