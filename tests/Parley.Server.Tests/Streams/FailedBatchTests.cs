using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>Stanzas that come in one piece with something that ends their sender's stream: they were handled, and do not wait at their recipients'.</summary>
public sealed class FailedBatchTests
{
    private const string Message = "<message to='juliet@example.org/balcony' type='chat'><body>Wherefore</body></message>";

    [Theory]
    [InlineData(Transport.Plaintext, "<message from='nurse@example.org' to='juliet@example.org'/>", "invalid-from")]
    [InlineData(Transport.Plaintext, "</nonsense>", "not-well-formed")]
    [InlineData(Transport.StartTls, "<?pi?>", "restricted-xml")]
    public async Task What_came_before_the_end_arrives(Transport transport, string end, string condition)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/garden", transport);

        await romeo.SendAsync(Message + end);

        Assert.Equal("Wherefore", (await juliet.MessageAsync()).Child("body", "jabber:client")?.Text);
        await romeo.ExpectStreamErrorAsync(condition);
    }

    [Fact]
    public async Task Over_BOSH_as_well()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginBoshAsync("romeo@example.org/garden");

        await romeo.SendAsync(Message + "<message xmlns='jabber:client' from='nurse@example.org' to='juliet@example.org'/>");

        Assert.Equal("Wherefore", (await juliet.MessageAsync()).Child("body", "jabber:client")?.Text);
    }
}
