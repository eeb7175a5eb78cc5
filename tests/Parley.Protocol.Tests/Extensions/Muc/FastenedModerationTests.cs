using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions.Muc;

/// <summary>The examples of XEP-0425 0.2.</summary>
public class FastenedModerationTests
{
    private const string Retract = "<retract xmlns='urn:xmpp:message-retract:0'/>";

    [Theory]
    [InlineData("<reason>Not here</reason>", "Not here")]
    [InlineData("", null)]
    public void Requests_are_read(string content, string? reason)
    {
        var xml = $"<apply-to xmlns='urn:xmpp:fasten:0' id='stanza-id-1'><moderate xmlns='urn:xmpp:message-moderate:0'>{Retract}{content}</moderate></apply-to>";

        Assert.Equal(new Moderation("stanza-id-1", reason), FastenedModeration.Parse(Payload.Read(xml)));
    }

    [Fact]
    public void What_else_is_fastened_is_no_request() =>
        Assert.Null(FastenedModeration.Parse(Payload.Read("<apply-to xmlns='urn:xmpp:fasten:0' id='1'><moderate xmlns='urn:xmpp:message-moderate:1'/></apply-to>")));

    [Theory]
    [InlineData($"<apply-to xmlns='urn:xmpp:fasten:0'><moderate xmlns='urn:xmpp:message-moderate:0'>{Retract}</moderate></apply-to>", StanzaErrorCondition.BadRequest)]
    [InlineData("<apply-to xmlns='urn:xmpp:fasten:0' id='1'><moderate xmlns='urn:xmpp:message-moderate:0'><retract/></moderate></apply-to>", StanzaErrorCondition.FeatureNotImplemented)]
    public void What_is_no_moderation_is_refused(string xml, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => FastenedModeration.Parse(Payload.Read(xml)));

    [Fact]
    public void Announcements_are_written_and_told_apart()
    {
        var xml = Payload.Write(static writer => FastenedModeration.WriteAnnouncement(writer, "stanza-id-1", Jid.Parse("room@muc.example.com/macbeth"), "Not <here>"));

        Assert.Equal(
            "<apply-to xmlns='urn:xmpp:fasten:0' id='stanza-id-1'><moderated xmlns='urn:xmpp:message-moderate:0' by='room@muc.example.com/macbeth'>"
            + $"{Retract}<reason>Not &lt;here&gt;</reason></moderated></apply-to>",
            xml);
        Assert.True(FastenedModeration.IsAnnouncement(Payload.Read(xml)));
        Assert.False(FastenedModeration.IsAnnouncement(Payload.Read("<apply-to xmlns='urn:xmpp:fasten:0' id='1'><moderate xmlns='urn:xmpp:message-moderate:0'/></apply-to>")));
    }

    [Fact]
    public void Tombstones_are_written()
    {
        var by = new Moderated(Jid.Parse("room@muc.example.com/macbeth"), "dd72");
        var stamp = new DateTimeOffset(2019, 9, 20, 23, 19, 12, TimeSpan.Zero);

        Assert.Equal(
            "<moderated xmlns='urn:xmpp:message-moderate:0' by='room@muc.example.com/macbeth'><occupant-id xmlns='urn:xmpp:occupant-id:0' id='dd72'/>"
            + "<retracted xmlns='urn:xmpp:message-retract:0' stamp='2019-09-20T23:19:12Z'/></moderated>",
            Payload.Write(writer => FastenedModeration.WriteTombstone(writer, by, stamp, null)));
    }
}
