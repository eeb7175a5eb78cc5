using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions.Muc;

public class ModerationTests
{
    private const string Moderator = "<moderated xmlns='urn:xmpp:message-moderate:1' by='room@muc.example.com/macbeth'><occupant-id xmlns='urn:xmpp:occupant-id:0' id='dd72'/></moderated>";
    private static readonly Moderated Macbeth = new(Jid.Parse("room@muc.example.com/macbeth"), "dd72");

    [Theory]
    [InlineData("<reason>Not here</reason>", "Not here")]
    [InlineData("", null)]
    public void Requests_are_read_and_written(string content, string? reason)
    {
        var xml = $"<moderate xmlns='urn:xmpp:message-moderate:1' id='stanza-id-1'><retract xmlns='urn:xmpp:message-retract:1'/>{content}</moderate>";

        Assert.Equal(new Moderation("stanza-id-1", reason), Moderation.Parse(Payload.Read(xml)));
        Assert.Equal(xml, Payload.Write(new Moderation("stanza-id-1", reason).WriteTo));
    }

    [Theory]
    [InlineData("<moderate xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>", StanzaErrorCondition.BadRequest)]
    [InlineData("<moderate xmlns='urn:xmpp:message-moderate:1' id='1'/>", StanzaErrorCondition.FeatureNotImplemented)]
    [InlineData("<moderate xmlns='urn:xmpp:message-moderate:1' id='1'><retract/></moderate>", StanzaErrorCondition.FeatureNotImplemented)]
    public void What_is_no_moderation_is_refused(string xml, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => Moderation.Parse(Payload.Read(xml)));

    [Fact]
    public void Retractions_by_moderators_are_read_and_written()
    {
        const string xml = $"<retract xmlns='urn:xmpp:message-retract:1' id='stanza-id-1'>{Moderator}<reason>Not here</reason></retract>";

        Assert.Equal(new Retraction("stanza-id-1", Macbeth, "Not here"), Retraction.Parse(Payload.Read(xml)));
        Assert.Equal(xml, Payload.Write(new Retraction("stanza-id-1", Macbeth, "Not here").WriteTo));
    }

    [Fact]
    public void Tombstones_of_moderated_messages_are_read_and_written()
    {
        const string xml = $"<retracted xmlns='urn:xmpp:message-retract:1' stamp='2019-09-20T23:19:12Z'>{Moderator}<reason>Not here</reason></retracted>";
        var tombstone = new Retracted(null, new(2019, 9, 20, 23, 19, 12, TimeSpan.Zero), null, Macbeth, "Not here");

        Assert.Equal(tombstone, Retracted.Parse(Payload.Read(xml)));
        Assert.Equal(xml, Payload.Write(tombstone.WriteTo));
        Assert.Equal("7", Retracted.Parse(Payload.Read($"<retracted xmlns='urn:xmpp:message-retract:1' id='7'>{Moderator}</retracted>")).Id);
    }

    [Fact]
    public void A_moderator_need_not_be_told()
    {
        const string xml = "<retract xmlns='urn:xmpp:message-retract:1' id='1'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>";

        Assert.Equal(new Retraction("1", new Moderated()), Retraction.Parse(Payload.Read(xml)));
        Assert.Equal(xml, Payload.Write(new Retraction("1", new Moderated()).WriteTo));
        Payload.Refused(StanzaErrorCondition.JidMalformed, () => Moderated.Parse(Payload.Read("<moderated xmlns='urn:xmpp:message-moderate:1' by='@'/>")));
    }

    [Fact]
    public void A_unique_name_is_asked_for_and_given()
    {
        const string request = "<unique xmlns='http://jabber.org/protocol/muc#unique'/>";
        const string answer = "<unique xmlns='http://jabber.org/protocol/muc#unique'>6d9423a55f499b29ad20bf7b2bdea4f4b885ead1</unique>";

        Assert.Equal(request, Payload.Write(static writer => UniqueRoomName.Write(writer, null)));
        Assert.Equal(answer, Payload.Write(static writer => UniqueRoomName.Write(writer, "6d9423a55f499b29ad20bf7b2bdea4f4b885ead1")));
        Assert.Null(UniqueRoomName.Parse(Payload.Read(request)));
        Assert.Equal("6d9423a55f499b29ad20bf7b2bdea4f4b885ead1", UniqueRoomName.Parse(Payload.Read(answer.Replace(">6d", ">\n    6d", StringComparison.Ordinal))));
    }
}
