using Parley.Server.Tests.Storage;
using Parley.Server.Tests.Streams;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Carbons;

/// <summary>What a client said of carbons and of its state, after a clean restart of the server (XEP-0198 §5).</summary>
public sealed class CarbonRestartTests : IDisposable
{
    private readonly SqliteBackend _storage = new();

    public void Dispose() => _storage.Dispose();

    [Fact]
    public async Task Carbons_stay_enabled_and_what_waited_arrives()
    {
        string id;
        await using (var server = await StartAsync())
        {
            var juliet = await server.LoginAsync("juliet@example.org/balcony");
            var home = await server.LoginWithCarbonsAsync("romeo@example.org/home");
            await home.AppearAsync();
            id = await home.ManageAsync();
            await home.SendAsync("<inactive xmlns='urn:xmpp:csi:0'/>");
            await home.HandledAsync();
            await juliet.SendAsync("<message to='romeo@example.org/home' type='chat' id='held'><active xmlns='http://jabber.org/protocol/chatstates'/></message>");
            await juliet.BarrierAsync();
            await server.StopAsync();
        }

        await using var second = await StartAsync();
        var again = (await second.ResumeAsync("romeo", id, 0)).Client;
        var garden = await second.LoginAsync("romeo@example.org/garden");
        await garden.SendAsync("<message to='juliet@example.org' type='chat' id='m1'/>");

        Assert.Equal("held", (await again.MessageAsync()).Attribute("id"));
        var wrapper = await again.MessageAsync();
        Assert.NotNull(wrapper.Child("sent", "urn:xmpp:carbons:2"));
    }

    private Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(build: builder => _storage.Register(builder.Services));
}
