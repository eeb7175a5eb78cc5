using System.Threading.Channels;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>What another server has sent before it hears that this one is being stopped is taken: there it counts as delivered.</summary>
public sealed class StoppedServerTests : IDisposable
{
    private const string Romeo = $"romeo@{Montague}";
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public StoppedServerTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task What_was_on_its_way_when_the_server_is_stopped_is_stored()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync(Romeo);
        var peer = await server.VerifiedAsync(_accepted);

        var stopped = server.StopAsync();
        await ExpectFarewellAsync(peer);
        await SendAsync(peer, 3);
        await peer.SendAsync("</stream:stream>");

        await peer.ExpectEndAsync();
        await stopped;
        Assert.Equal(3, await StoredAsync(server));
    }

    [Fact]
    public async Task What_was_on_its_way_back_on_a_stream_of_the_server_is_stored()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync(Romeo + "/garden");
        await romeo.SendAsync($"<message to='juliet@{Capulet}'><body>x</body></message>");
        var stream = await _accepted.AcceptAsync(
            features: "<stream:features><bidi xmlns='urn:xmpp:features:bidi'/><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>");
        Assert.True((await stream.ReceiveAsync()).Is("bidi", "urn:xmpp:bidi"));
        await stream.AcceptKeyAsync(Montague);
        await stream.ReceiveAsync(static element => element.LocalName == "message");
        await romeo.DisposeAsync();

        var stopped = server.StopAsync();
        await ExpectFarewellAsync(stream);
        await SendAsync(stream, 3);
        await stream.SendAsync("</stream:stream>");

        await stream.ExpectEndAsync();
        await stopped;
        Assert.Equal(3, await StoredAsync(server));
    }

    [Fact]
    public async Task What_the_other_server_keeps_until_it_is_acknowledged_is_not_taken_any_more()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync(Romeo);
        var peer = await server.VerifiedAsync(_accepted);

        var stopped = server.StopAsync();
        await ExpectFarewellAsync(peer);
        await SendAsync(peer, 3);
        await peer.SendAsync($"<enable xmlns='{ManagedServerPeer.Management}'/>");
        await SendAsync(peer, 2);

        await peer.ExpectEndAsync();
        await stopped;
        Assert.Equal(3, await StoredAsync(server));
    }

    [Fact]
    public async Task A_peer_that_goes_on_is_cut_off_in_the_end()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync(Romeo);
        var peer = await server.VerifiedAsync(_accepted);

        var stopped = server.StopAsync();
        await ExpectFarewellAsync(peer);
        await SendAsync(peer, 3);
        Assert.False(stopped.IsCompleted);

        // What comes does not put off the end.
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await peer.ExpectEndAsync();
        await stopped;
    }

    private static async Task ExpectFarewellAsync(TestClient peer)
    {
        var error = await peer.ReceiveAsync();
        Assert.True(error.Is("error", Namespaces.Streams) && error.Child("system-shutdown", Namespaces.StreamErrors) is not null, peer.Describe("system-shutdown was due"));
        await peer.ExpectStreamCloseAsync();
    }

    private static async Task SendAsync(TestClient peer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await peer.SendAsync($"<message from='juliet@{Capulet}' to='{Romeo}' type='chat'><body>{i}</body></message>");
        }
    }

    private static async Task<int> StoredAsync(XmppTestServer server) =>
        await server.Get<IOfflineStore>().CountAsync(Jid.Parse(Romeo), CancellationToken.None);

    private Task<XmppTestServer> StartAsync() => _network.StartAsync("192.0.2.1", [Montague], static options => options.Federation.Policy.RequireTls = false);
}
