using Parley.Protocol;
using Parley.Server.Tests.Streams;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>Silent clients: pinged, and given up when they go on being silent (RFC 6455 §5.5.2).</summary>
public class LivenessTests
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(46);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(31);

    [Fact]
    public async Task A_client_that_answers_pings_stays()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        for (var i = 1; i <= 5; i++)
        {
            server.Time.Advance(Silence);
            await alice.BarrierAsync();
            Assert.Equal(i, alice.Pings);
        }
    }

    [Fact]
    public async Task A_client_that_says_something_is_not_pinged()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        for (var i = 0; i < 5; i++)
        {
            server.Time.Advance(TimeSpan.FromSeconds(40));
            await alice.BarrierAsync();
        }

        Assert.Equal(0, alice.Pings);
    }

    [Fact]
    public async Task A_client_that_answers_nothing_is_lost_and_may_resume()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony", Transport.WebSocket);
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var id = await juliet.ManageAsync();
        server.Time.Advance(Silence);
        Assert.False(juliet.Connection.IsAborted);
        server.Time.Advance(Patience);
        await juliet.ServedAsync();
        Assert.True(juliet.Connection.IsAborted);

        await romeo.SendAsync("<message to='juliet@example.org/balcony'><body>Still there?</body></message>");
        await romeo.ExpectNothingAsync();
        var (again, _) = await server.ResumeAsync("juliet", id, 0, transport: Transport.WebSocket);
        Assert.Equal("Still there?", (await again.MessageAsync()).Body());
    }

    [Fact]
    public async Task Pings_can_be_turned_off()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder => builder.Configure(static options => options.PingInterval = TimeSpan.Zero));
        var alice = await server.LoginAsync("alice@example.org/desk", Transport.WebSocket);
        server.Time.Advance(TimeSpan.FromHours(1));
        await alice.BarrierAsync();
        Assert.Equal(0, alice.Pings);
    }

    [Fact]
    public async Task Pings_do_not_keep_a_client_that_never_authenticates()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.OpenAsync(Transport.WebSocket);
        server.Time.Advance(TimeSpan.FromSeconds(50));
        await client.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='X'/>");
        await client.ReceiveAsync();
        server.Time.Advance(TimeSpan.FromSeconds(11));
        await client.ExpectStreamErrorAsync("connection-timeout");
    }
}
