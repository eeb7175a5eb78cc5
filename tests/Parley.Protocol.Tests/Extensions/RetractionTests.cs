using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class RetractionTests
{
    [Fact]
    public void The_examples_are_read_and_written()
    {
        const string retract = "<retract xmlns='urn:xmpp:message-retract:1' id='wrong-recipient-1'/>";
        const string retracted = "<retracted xmlns='urn:xmpp:message-retract:1' id='retract-message-1' stamp='2019-09-20T23:09:32Z'/>";

        Assert.Equal(new Retraction("wrong-recipient-1"), Retraction.Parse(Payload.Read(retract)));
        Assert.Equal(retract, Payload.Write(Retraction.Parse(Payload.Read(retract)).WriteTo));
        Assert.Equal(new Retracted("retract-message-1", new(2019, 9, 20, 23, 9, 32, TimeSpan.Zero)), Retracted.Parse(Payload.Read(retracted)));
        Assert.Equal(retracted, Payload.Write(Retracted.Parse(Payload.Read(retracted)).WriteTo));
    }

    [Theory]
    [InlineData("retract", "")]
    [InlineData("retract", "id=''")]
    [InlineData("retracted", "stamp='2019-09-20T23:09:32Z'")]
    [InlineData("retracted", "id='1' stamp='yesterday'")]
    public void What_lacks_an_attribute_is_refused(string name, string attributes)
    {
        var element = Payload.Read($"<{name} xmlns='urn:xmpp:message-retract:1' {attributes}/>");

        Payload.Refused(StanzaErrorCondition.BadRequest, () => _ = name == "retract" ? (object)Retraction.Parse(element) : Retracted.Parse(element));
    }
}
