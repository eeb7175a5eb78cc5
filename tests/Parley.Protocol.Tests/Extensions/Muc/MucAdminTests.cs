using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions.Muc;

public class MucAdminTests
{
    private const string Open = "<query xmlns='http://jabber.org/protocol/muc#admin'>";
    private static readonly Jid Earl = Jid.Parse("earlofcambridge@shakespeare.lit");

    public static TheoryData<string, MucItem[]> Queries => new()
    {
        { "<item nick='pistol' role='none'><reason>Avaunt, you cullion!</reason></item>", [new() { Nickname = "pistol", Role = MucRole.None, Reason = "Avaunt, you cullion!" }] },
        { "<item nick='thirdwitch' role='participant'/>", [new() { Nickname = "thirdwitch", Role = MucRole.Participant }] },
        { "<item role='visitor'/>", [new() { Role = MucRole.Visitor }] },
        { "<item role='moderator'/>", [new() { Role = MucRole.Moderator }] },
        {
            "<item affiliation='outcast' jid='earlofcambridge@shakespeare.lit'><actor jid='kinghenryv@shakespeare.lit' nick='King'/><reason>Treason</reason></item>",
            [new() { Affiliation = MucAffiliation.Outcast, Jid = Earl, ActorJid = Jid.Parse("kinghenryv@shakespeare.lit"), ActorNickname = "King", Reason = "Treason" }]
        },
        {
            "<item affiliation='member' jid='hag66@shakespeare.lit' nick='thirdwitch' role='participant'/><item affiliation='none' jid='earlofcambridge@shakespeare.lit'/>"
            + "<item affiliation='owner' jid='crone1@shakespeare.lit'/><item affiliation='admin' jid='shakespeare.lit'/>",
            [
                new() { Affiliation = MucAffiliation.Member, Jid = Jid.Parse("hag66@shakespeare.lit"), Nickname = "thirdwitch", Role = MucRole.Participant },
                new() { Affiliation = MucAffiliation.None, Jid = Earl },
                new() { Affiliation = MucAffiliation.Owner, Jid = Jid.Parse("crone1@shakespeare.lit") },
                new() { Affiliation = MucAffiliation.Admin, Jid = Jid.Parse("shakespeare.lit") },
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public void Queries_of_the_specification_are_read_and_written(string content, MucItem[] items)
    {
        var query = MucAdmin.Parse(Payload.Read($"{Open}{content}</query>"));

        Assert.Equal(items, query.Items);
        Assert.Equal($"{Open}{content}</query>", Payload.Write(query.WriteTo));
    }

    [Theory]
    [InlineData("", StanzaErrorCondition.BadRequest)]
    [InlineData("<item xmlns='urn:x' role='none'/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<item affiliation='king'/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<item role=''/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<item affiliation='none' jid='@'/>", StanzaErrorCondition.JidMalformed)]
    public void What_is_no_query_is_refused(string content, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => MucAdmin.Parse(Payload.Read($"{Open}{content}</query>")));

    [Fact]
    public void A_list_may_be_empty_but_not_endless()
    {
        Assert.Empty(MucAdmin.ParseResult(Payload.Read($"{Open}</query>")).Items);
        Assert.Equal("<query xmlns='http://jabber.org/protocol/muc#admin'/>", Payload.Write(new MucAdmin([]).WriteTo));
        Assert.Equal(MucAdmin.MaxItems, MucAdmin.ParseResult(Payload.Read(Many(MucAdmin.MaxItems))).Items.Count);
        Payload.Refused(StanzaErrorCondition.PolicyViolation, () => MucAdmin.Parse(Payload.Read(Many(MucAdmin.MaxItems + 1))));

        static string Many(int count) => $"{Open}{string.Concat(Enumerable.Repeat("<item role='none'/>", count))}</query>";
    }
}
