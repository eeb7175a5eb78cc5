using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class DiscoTests
{
    [Theory]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text' name='Play-Specific Chatrooms'/>"
        + "<identity category='directory' type='chatroom' name='Schauspiel' xml:lang='de'/><feature var='http://jabber.org/protocol/muc'/></query>")]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#info' node='http://jabber.org/protocol/commands'>"
        + "<identity category='automation' type='command-list'/><feature var='http://jabber.org/protocol/disco#info'/>"
        + "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/network/serverinfo</value></field>"
        + "<field var='c2s_port'><value>5222</value></field></x></query>")]
    public void Info_is_read_and_written(string xml) =>
        Assert.Equal(xml, Payload.Write(DiscoInfo.Parse(Payload.Read(xml)).WriteTo));

    [Theory]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#items'/>")]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#items' node='music'><item jid='people.shakespeare.lit' name='Directory of Characters'/>"
        + "<item jid='catalog.shakespeare.lit' node='music/A'/></query>")]
    public void Items_are_read_and_written(string xml) =>
        Assert.Equal(xml, Payload.Write(DiscoItems.Parse(Payload.Read(xml)).WriteTo));

    [Theory]
    [InlineData("<identity type='im'/>")]
    [InlineData("<identity category='' type='im'/>")]
    [InlineData("<identity category='server'/>")]
    [InlineData("<feature/>")]
    [InlineData("<feature var=''/>")]
    public void Info_without_what_it_needs_is_a_bad_request(string child) =>
        Payload.Refused(
            StanzaErrorCondition.BadRequest,
            () => DiscoInfo.Parse(Payload.Read($"<query xmlns='http://jabber.org/protocol/disco#info'>{child}</query>")));

    [Theory]
    [InlineData("<item/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<item jid=''/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<item jid='@'/>", StanzaErrorCondition.JidMalformed)]
    public void An_item_needs_an_address(string item, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => DiscoItems.Parse(Payload.Read($"<query xmlns='http://jabber.org/protocol/disco#items'>{item}</query>")));

    [Theory]
    [InlineData("<feature var='a'/>")]
    [InlineData("<identity category='a' type='b'/>")]
    [InlineData("<x xmlns='jabber:x:data' type='result'/>")]
    public void Info_has_limits(string child)
    {
        Assert.NotNull(DiscoInfo.Parse(Payload.Read(Many(DiscoInfo.MaxEntries))));
        Payload.Refused(StanzaErrorCondition.PolicyViolation, () => DiscoInfo.Parse(Payload.Read(Many(DiscoInfo.MaxEntries + 1))));

        string Many(int count) => $"<query xmlns='http://jabber.org/protocol/disco#info'>{string.Concat(Enumerable.Repeat(child, count))}</query>";
    }

    [Fact]
    public void Items_have_limits()
    {
        Assert.Equal(DiscoItems.MaxItems, DiscoItems.Parse(Payload.Read(Many(DiscoItems.MaxItems))).Items.Count);
        Payload.Refused(StanzaErrorCondition.PolicyViolation, () => DiscoItems.Parse(Payload.Read(Many(DiscoItems.MaxItems + 1))));

        static string Many(int count) =>
            $"<query xmlns='http://jabber.org/protocol/disco#items'>{string.Concat(Enumerable.Repeat("<item jid='a'/>", count))}</query>";
    }
}
