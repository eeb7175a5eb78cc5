using System.Net;
using System.Text;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>Where TLS is required, a WebSocket over plain HTTP gets no further than its header.</summary>
public class SecurityTests
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.7");

    [Fact]
    public async Task Over_plain_http_the_stream_is_refused_with_a_reason()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.AllowInsecure = false);
        var client = await server.ConnectAsync(Transport.WebSocket, Elsewhere);
        await client.SendHeaderAsync();
        var error = await client.ExpectStreamErrorAsync("policy-violation");
        Assert.Contains("https", error.ToText(), StringComparison.Ordinal);
        Assert.Equal(1000, client.CloseCode);
    }

    [Fact]
    public async Task From_the_machine_itself_it_is_secure()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.AllowInsecure = false);
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        await alice.BarrierAsync();
    }

    [Theory]
    [InlineData("Host", "localhost:5280", true)]
    [InlineData("Host", "127.0.0.1:5280", true)]
    [InlineData("Host", "evil.example:5280", false)]
    [InlineData("X-Forwarded-For", "192.0.2.1", false)]
    [InlineData("X-Forwarded-For", "127.0.0.1", false)]
    public async Task What_is_for_this_machine_is_not_for_others_that_come_through_it(string header, string value, bool isFromHere)
    {
        await using var application = await WebSocketApplication.StartAsync(
            static server => (server.Registration, server.AllowInsecure) = (RegistrationPolicy.Loopback, true));
        var (connection, _) = await application.UpgradeAsync((header, value));
        await using var _ = connection;

        await connection.WriteAsync(
            ClientFrame.Text("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>").Encode(), TestContext.Current.CancellationToken);
        var features = new StringBuilder();
        var bytes = new byte[4096];
        while (!features.ToString().Contains("</stream:features>", StringComparison.Ordinal)
            && await connection.ReadAsync(bytes).AsTask().WaitAsync(TestClient.Patience) is var count and > 0)
        {
            features.Append(Encoding.ASCII.GetString(bytes, 0, count));
        }

        Assert.Contains("</stream:features>", features.ToString(), StringComparison.Ordinal);
        Assert.Equal(isFromHere, features.ToString().Contains("<register", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_has_too_many_connections_gets_no_other()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxConnectionsPerAddress = 1);
        await server.OpenAsync(Transport.WebSocket, from: Elsewhere);
        var second = await server.ConnectAsync(Transport.WebSocket, Elsewhere);
        await second.ServedAsync();
        Assert.True(second.Connection.IsAborted);
    }
}
