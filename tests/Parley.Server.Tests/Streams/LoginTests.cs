using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

public class LoginTests
{
    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.StartTls)]
    [InlineData(Transport.DirectTls)]
    public async Task A_client_logs_in_and_writes_to_another(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk", transport);
        var bob = await server.LoginAsync("bob@example.org/phone", transport);

        await alice.SendAsync("<message to='bob@example.org/phone'><body>Hi</body></message>");

        var message = await bob.MessageAsync();
        Assert.Equal("Hi", message.Body());
        Assert.Equal("alice@example.org/desk", message.Attribute("from"));
        await bob.ExpectNothingAsync(alice);
    }
}
