using Parley.Protocol.Extensions;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Carbons;

/// <summary>Which messages are copied: XEP-0280 §6.1, which rules:0 makes binding.</summary>
public class CarbonRulesTests
{
    private const string Body = "<body>Hi</body>";
    private const string Private = "<private xmlns='urn:xmpp:carbons:2'/>";
    private const string NoCopy = "<no-copy xmlns='urn:xmpp:hints'/>";
    private const string Forwarded = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='a@b/c' type='chat'>" + Body + "</message></forwarded>";
    private const string Occupant = "<x xmlns='http://jabber.org/protocol/muc#user'/>";
    private const string Mediated = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b'/></x>";
    private const string Direct = "<x xmlns='jabber:x:conference' jid='room@muc.example.org'/>";
    private const string Receipt = "<received xmlns='urn:xmpp:receipts' id='1'/>";
    private const string Request = "<request xmlns='urn:xmpp:receipts'/>";
    private const string Composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";
    private const string Gone = "<gone xmlns='http://jabber.org/protocol/chatstates'/>";
    private const string Displayed = "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>";

    /// <summary>Type and content of a message; whether it is copied to the sender's others, and to the recipient's.</summary>
    public static TheoryData<string?, string, bool, bool> Messages => new()
    {
        // Of type chat: always.
        { "chat", Body, true, true },
        { "chat", "", true, true },
        { "chat", Composing, true, true },
        { "chat", Gone, true, true },
        { "chat", Receipt, true, true },
        { "chat", "<encrypted xmlns='eu.siacs.conversations.axolotl'/>", true, true },

        // Of type normal, and no type and an unknown one are that: with a body.
        { null, Body, true, true },
        { "normal", Body, true, true },
        { "other", Body, true, true },
        { "normal", "", false, false },
        { null, "<subject>Hi</subject>", false, false },
        { null, "<body xmlns='urn:example:other'>Hi</body>", false, false },
        { null, "<div xmlns='urn:example:other'>" + Body + "</div>", false, false },

        // With a payload of instant messaging.
        { null, Receipt, true, true },
        { null, Request, true, true },
        { null, Composing, true, true },
        { null, Displayed, true, true },
        { "headline", Receipt, true, true },
        { "headline", Body, false, false },
        { null, "<received xmlns='urn:example:other' id='1'/>", false, false },

        // Of rooms.
        { "groupchat", Body, false, false },
        { "groupchat", Displayed, false, false },
        { "groupchat", Direct, false, false },
        { null, Direct, true, true },
        { "chat", Direct, true, true },
        { null, Mediated, true, true },
        { "chat", Body + Occupant, true, false },
        { null, Body + Occupant, true, false },
        { "chat", Composing + Occupant, true, false },
        { null, Occupant, false, false },

        // Errors that answer nothing.
        { "error", Body, false, false },
        { "error", Receipt, false, false },

        // What the sender does not want to be copied.
        { "chat", Body + Private + NoCopy, false, false },
        { "chat", Body + Private, false, false },
        { "chat", Body + NoCopy, false, false },
        { null, Body + Private, false, false },
        { null, Direct + Private, false, false },
        { "chat", Body + "<private xmlns='urn:xmpp:carbons:1'/>", true, true },
        { "chat", Body + "<no-store xmlns='urn:xmpp:hints'/>", true, true },
        { "chat", "<x xmlns='urn:example:other'>" + Private + "</x>", true, true },

        // Copies that a client makes up.
        { "chat", "<sent xmlns='urn:xmpp:carbons:2'>" + Forwarded + "</sent>", false, false },
        { "chat", "<received xmlns='urn:xmpp:carbons:2'>" + Forwarded + "</received>", false, false },
        { "chat", Body + "<received xmlns='urn:xmpp:carbons:2'/>", false, false },
        { "chat", "<received xmlns='urn:xmpp:carbons:1'>" + Forwarded + "</received>", true, true },
        { "chat", Forwarded, true, true },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task A_message_is_copied_by_what_it_is(string? type, string content, bool sent, bool received)
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        var balcony = await server.LoginAsync("juliet@example.org/balcony");
        var chamber = await server.LoginWithCarbonsAsync("juliet@example.org/chamber");
        var garden = await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
        var attribute = type is null ? "" : $" type='{type}'";

        await balcony.SendAsync($"<message to='romeo@example.org/garden' id='m1'{attribute}>{content}</message>");
        await balcony.BarrierAsync();

        // Whatever becomes of copies, the message itself arrives, and nothing in it is changed.
        var original = await garden.MessageAsync();
        Assert.EndsWith(content.Length > 0 ? $">{content}</message>" : "/>", original.ToText(), StringComparison.Ordinal);
        foreach (var (client, direction, due) in new[] { (chamber, "sent", sent), (home, "received", received) })
        {
            var copies = await client.ReceiveAllAsync();
            Assert.Equal(due ? 1 : 0, copies.Count);
            foreach (var copy in copies)
            {
                var message = copy.Copied(client, direction);
                Assert.Equal("<message xmlns='jabber:client'" + original.ToText()["<message".Length..], message.ToText());
            }
        }

        await balcony.ExpectNothingAsync();
        await garden.ExpectNothingAsync();
    }

    /// <summary>Messages of a room: its own address is bare, an occupant's is not.</summary>
    [Theory]
    [InlineData("room@muc.example.net", Mediated, true)]
    [InlineData("room@muc.example.net", Body + Occupant, true)]
    [InlineData("room@muc.example.net/nick", Body + Occupant, false)]
    [InlineData("room@muc.example.net/nick", Body, true)]
    public async Task A_room_is_told_from_its_occupants(string from, string content, bool copied)
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        await server.LoginAsync("romeo@example.org/garden");
        var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");

        await server.RouteAsync($"<message from='{from}' to='romeo@example.org/garden'>{content}</message>");

        Assert.Equal(copied ? 1 : 0, (await home.ReceiveAllAsync()).Count);
    }
}
