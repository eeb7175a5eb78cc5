using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Requests to a room in which something is missing, empty, or of the wrong kind: bad-request, and the room goes on.</summary>
public sealed class MissingPartsTests
{
    private const string Admin = "http://jabber.org/protocol/muc#admin";
    private const string Owner = "http://jabber.org/protocol/muc#owner";

    [Theory]
    [InlineData("get", $"<query xmlns='{Admin}'/>")]
    [InlineData("get", $"<query xmlns='{Admin}'><item/></query>")]
    [InlineData("get", $"<query xmlns='{Admin}'><item affiliation=''/></query>")]
    [InlineData("get", $"<query xmlns='{Admin}'><item affiliation='none'/></query>")]
    [InlineData("get", $"<query xmlns='{Admin}'><item affiliation='king'/></query>")]
    [InlineData("get", $"<query xmlns='{Admin}'><item affiliation='owner' role='moderator'/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'/>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item role='none'/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item role='none' nick=''/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item role='' nick='thirdwitch'/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item nick='thirdwitch'/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item affiliation='outcast'/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item affiliation='outcast' jid=''/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item jid='hag66@example.org'/></query>")]
    [InlineData("set", $"<query xmlns='{Admin}'><item affiliation='member' role='visitor' jid='hag66@example.org' nick='thirdwitch'/></query>")]
    [InlineData("set", $"<query xmlns='{Owner}'/>")]
    [InlineData("set", $"<query xmlns='{Owner}'><x xmlns='jabber:x:data'/></query>")]
    [InlineData("set", $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='form'/></query>")]
    [InlineData("set", $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='result'/></query>")]
    [InlineData("set", $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='submit'><field><value>1</value></field></x></query>")]
    [InlineData("set", $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='submit'/><destroy/></query>")]
    [InlineData("set", "<query xmlns='jabber:iq:register'/>")]
    [InlineData("set", "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'/></query>")]
    [InlineData("set", "<query xmlns='jabber:iq:register'><remove/><x xmlns='jabber:x:data' type='submit'/></query>")]
    [InlineData("set", "<command xmlns='http://jabber.org/protocol/commands'/>")]
    [InlineData("set", "<moderate xmlns='urn:xmpp:message-moderate:1'/>")]
    [InlineData("set", "<moderate xmlns='urn:xmpp:message-moderate:1' id=''><retract xmlns='urn:xmpp:message-retract:1'/></moderate>")]
    [InlineData("set", "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>?</BINVAL></PHOTO></vCard>")]
    public async Task What_is_missing_is_a_bad_request(string type, string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        var answer = await crone.IqAsync(type, Coven, payload);

        answer.IsError("bad-request", "modify");
        Assert.Equal(Coven, answer.Attribute("from"));
        await hag.ExpectNothingAsync(crone);
    }

    [Theory]
    [InlineData("muc#roomconfig_maxusers", "")]
    [InlineData("muc#roomconfig_maxusers", "-1")]
    [InlineData("muc#roomconfig_maxusers", "0")]
    [InlineData("muc#roomconfig_maxusers", "99999999999999999999")]
    [InlineData("muc#maxhistoryfetch", "many")]
    [InlineData("muc#roomconfig_slow_mode_duration", "99999999999999999999")]
    [InlineData("muc#roomconfig_persistentroom", "perhaps")]
    [InlineData("muc#roomconfig_whois", "everybody")]
    [InlineData("muc#roomconfig_presencebroadcast", "king")]
    [InlineData("muc#roomconfig_passwordprotectedroom", "1")]
    [InlineData("muc#roomconfig_roomowners", "@")]
    [InlineData("muc#roomconfig_roomowners", "coven@conference.example.org")]
    [InlineData("muc#roomconfig_roomadmins", "coven@conference.example.org/thirdwitch")]
    public async Task What_a_field_does_not_take_is_not_acceptable(string field, string value)
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, _, hag) = await MessageTests.WitchesAsync(server);

        (await crone.ConfigureAsync(Coven, $"{field}={value}")).IsError("not-acceptable", "modify");

        await hag.ExpectNothingAsync(crone);
    }
}
