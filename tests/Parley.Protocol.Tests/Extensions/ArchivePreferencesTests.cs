using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class ArchivePreferencesTests
{
    [Fact]
    public void The_example_is_read_and_written()
    {
        const string xml = "<prefs xmlns='urn:xmpp:mam:2' default='roster'><always><jid>romeo@montague.lit</jid></always><never><jid>montague@montague.lit</jid></never></prefs>";

        var preferences = ArchivePreferences.Parse(Payload.Read(xml));

        Assert.Equal(ArchiveDefault.Roster, preferences.Default);
        Assert.Equal([Jid.Parse("romeo@montague.lit")], preferences.Always);
        Assert.Equal([Jid.Parse("montague@montague.lit")], preferences.Never);
        Assert.Equal(xml, Payload.Write(preferences.WriteTo));
    }

    [Theory]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2' default='never'/>", "<prefs xmlns='urn:xmpp:mam:2' default='never'><always/><never/></prefs>")]
    [InlineData(
        "<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid> A@b </jid><jid>a@b</jid></never></prefs>",
        "<prefs xmlns='urn:xmpp:mam:2' default='always'><always/><never><jid>a@b</jid></never></prefs>")]
    public void Lists_may_be_missing_and_repeat_themselves(string xml, string written) =>
        Assert.Equal(written, Payload.Write(ArchivePreferences.Parse(Payload.Read(xml)).WriteTo));

    [Theory]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2'/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2' default=''/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2' default='Always'/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2' default='always'><always><jid/></always></prefs>", StanzaErrorCondition.JidMalformed)]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid>@</jid></never></prefs>", StanzaErrorCondition.JidMalformed)]
    public void What_is_no_preference_is_refused(string xml, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => ArchivePreferences.Parse(Payload.Read(xml)));
}
