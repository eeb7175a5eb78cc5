using System.Net;
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
