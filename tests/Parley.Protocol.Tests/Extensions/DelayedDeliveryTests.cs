using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class DelayedDeliveryTests
{
    [Fact]
    public void The_example_is_read()
    {
        var delay = DelayedDelivery.Parse(Payload.Read(
            "<delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='2002-09-10T23:08:25Z'>\n  Offline Storage\n</delay>"));

        Assert.Equal(new DelayedDelivery(new(2002, 9, 10, 23, 8, 25, TimeSpan.Zero), Jid.Parse("capulet.com"), "Offline Storage"), delay);
    }

    [Theory]
    [InlineData("<delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='2002-09-10T23:08:25Z'>Offline Storage</delay>")]
    [InlineData("<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25.123Z'/>")]
    public void What_is_read_is_written(string xml) => Assert.Equal(xml, Payload.Write(DelayedDelivery.Parse(Payload.Read(xml)).WriteTo));

    [Theory]
    [InlineData("", StanzaErrorCondition.BadRequest)]
    [InlineData("stamp=''", StanzaErrorCondition.BadRequest)]
    [InlineData("stamp='20020910T23:08:25'", StanzaErrorCondition.BadRequest)]
    [InlineData("stamp='2002-09-10T23:08:25'", StanzaErrorCondition.BadRequest)]
    [InlineData("stamp='2002-09-10T23:08:25+01:00'", StanzaErrorCondition.BadRequest)]
    [InlineData("stamp='2002-09-10T23:08:25Z' from='@'", StanzaErrorCondition.JidMalformed)]
    public void What_is_no_delay_is_refused(string attributes, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => DelayedDelivery.Parse(Payload.Read($"<delay xmlns='urn:xmpp:delay' {attributes}/>")));
}
