using System.Text;
using Parley.Server.Connections.Bosh;
using Xunit;

namespace Parley.Server.Tests.Bosh;

/// <summary>What a client asks for when it creates a session, and what it gets (XEP-0124 §7).</summary>
public sealed class BoshOpeningTests
{
    [Fact]
    public void The_request_of_the_specification()
    {
        var opening = Read(
            "content='text/xml; charset=utf-8' from='user@example.com' hold='1' rid='1573741820' to='example.com' route='xmpp:example.com:9999' " +
            "ver='1.6' wait='60' ack='1' xml:lang='en' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'");
        Assert.Equal("example.com", opening.To);
        Assert.Equal("user@example.com", opening.From);
        Assert.Equal("en", opening.Language);
        Assert.Equal((1, 0), opening.XmppVersion);
        Assert.Equal((1, 6), opening.Version);
        Assert.Equal(60, opening.Wait);
        Assert.Equal(1, opening.Hold);
        Assert.Equal("text/xml; charset=utf-8", opening.Content);
        Assert.True(opening.UsesAcks);
    }

    [Theory]
    [InlineData("wait='60' hold='1' ver='1.6'", 60, 1, "1.6", 30)]
    [InlineData("wait='30' hold='1' ver='1.10'", 30, 1, "1.10", 30)]
    [InlineData("wait='99999999999999999999' hold='4294967296' ver='1.11'", 60, 1, "1.11", 30)]
    [InlineData("wait='60' hold='5' ver='2.0'", 60, 1, "1.11", 30)]
    [InlineData("", 60, 1, "1.11", 30)]
    [InlineData("wait='0' hold='1'", 0, 1, "1.11", 60)]
    [InlineData("wait='60' hold='0'", 60, 0, "1.11", 60)]
    public void Wait_and_hold_are_what_was_asked_for_or_less(string attributes, int wait, int hold, string version, int inactivity)
    {
        var terms = BoshTerms.Agree(Read($"rid='1' {attributes}"), new BoshOptions());
        Assert.Equal(TimeSpan.FromSeconds(wait), terms.Wait);
        Assert.Equal(hold, terms.Hold);
        Assert.Equal(hold + 1, terms.Requests);
        Assert.Equal(version, $"{terms.Version.Major}.{terms.Version.Minor}");
        Assert.Equal(TimeSpan.FromSeconds(inactivity), terms.Inactivity);
        Assert.Equal(wait == 0 || hold == 0, terms.IsPolling);
    }

    [Theory]
    [InlineData("wait='-1'")]
    [InlineData("wait='a'")]
    [InlineData("hold=''")]
    [InlineData("ver='one'")]
    [InlineData("ver='1'")]
    [InlineData("content='text/xml&#13;&#10;Set-Cookie: a=b'")]
    [InlineData("content='nonsense'")]
    [InlineData("content='text/xml; x=ä'")]
    public void What_cannot_be_is_not_acceptable(string attributes) => Assert.False(Read($"rid='1' {attributes}").IsAcceptable);

    [Theory]
    [InlineData("ver='1.6'", false)]
    [InlineData("", true)]
    public void A_client_without_a_version_is_a_legacy_one(string attributes, bool isLegacy) =>
        Assert.Equal(isLegacy, BoshTerms.Agree(Read($"rid='1' {attributes}"), new BoshOptions()).IsLegacy);

    private static BoshOpening Read(string attributes) =>
        BoshOpening.Read(Encoding.UTF8.GetBytes($"<body xmlns='http://jabber.org/protocol/httpbind' {attributes}/>"));
}
