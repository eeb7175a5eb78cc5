using System.Buffers.Binary;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.Server.Tests.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Streams.ManagedClient;

namespace Parley.Server.Tests.Streams;

/// <summary>Sessions outlive a clean restart of the server: its clients resume them (XEP-0198 §5).</summary>
public sealed class RestartTests : IDisposable
{
    private readonly SqliteBackend _storage = new();

    public void Dispose() => _storage.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_resumes_after_a_restart_as_if_only_its_connection_had_been_lost(bool connected)
    {
        string id;
        await using (var server = await StartAsync())
        {
            var juliet = await server.LoginAsync("juliet@example.org/balcony");
            var romeo = await server.LoginAsync("romeo@example.org/orchard");
            await juliet.IqAsync("get", null, "<query xmlns='jabber:iq:roster'/>");
            await juliet.PresenceAsync(3);
            await juliet.ReceiveAllAsync();
            id = await juliet.ManageAsync();
            await juliet.SendAsync("<presence to='romeo@example.org/orchard'/>");
            Assert.Equal(1u, await juliet.HandledAsync());
            if (!connected)
            {
                await juliet.DisposeAsync();
            }

            await romeo.SendAsync("<message to='juliet@example.org'><body>1</body></message><message to='juliet@example.org/balcony'><body>2</body></message>");
            await romeo.BarrierAsync();
            await server.StopAsync();
            if (connected)
            {
                // Cut, and not closed: a client that is told that its stream is over does not resume it.
                Assert.Equal("1", (await juliet.MessageAsync()).Body());
                Assert.Equal("2", (await juliet.MessageAsync()).Body());
                var left = await Assert.ThrowsAnyAsync<Exception>(() => juliet.ReceiveAsync());
                Assert.Contains("The connection ended", left.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("stream:error", left.Message, StringComparison.Ordinal);
            }
        }

        await using var second = await StartAsync();
        var other = await second.LoginAsync("juliet@example.org/other");
        var friend = await second.LoginAsync("romeo@example.org/orchard");
        await other.PresenceAsync();
        var seen = await other.ReceiveAsync(static element => element.Attribute("from") == "juliet@example.org/balcony");
        Assert.Equal("3", seen.Child("priority", Namespaces.Client)?.Text);

        var (again, resumed) = await second.ResumeAsync("juliet", id, 0);
        Assert.True(resumed.Is("resumed", Namespace));
        Assert.Equal("1", resumed.Attribute("h"));
        Assert.Equal("1", (await again.MessageAsync()).Body());
        Assert.Equal("2", (await again.MessageAsync()).Body());
        await friend.SendAsync("<message to='juliet@example.org/balcony'><body>3</body></message>");
        Assert.Equal("3", (await again.MessageAsync()).Body());

        await again.SendAsync("<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='nurse@example.org'/></query></iq>");
        await again.ReceiveAsync(static element => element.Attribute("type") == "set" && element.Child("query", "jabber:iq:roster") is not null);

        await again.SendAsync("</stream:stream>");
        var gone = await friend.ReceiveAsync(static element => element.LocalName == "presence");
        Assert.Equal("unavailable", gone.Attribute("type"));
    }

    [Fact]
    public async Task Counts_go_on_past_2_to_the_32()
    {
        string id;
        await using (var server = await StartAsync())
        {
            var juliet = await server.LoginAsync("juliet@example.org/balcony");
            id = await juliet.ManageAsync();
            await server.StopAsync();
        }

        await SetCountsAsync(uint.MaxValue, uint.MaxValue - 1);
        await using var second = await StartAsync();
        var (again, resumed) = await second.ResumeAsync("juliet", id, uint.MaxValue - 1);

        Assert.Equal("4294967295", resumed.Attribute("h"));
        await again.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");
        await again.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");
        await again.IqAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>");
        Assert.Equal(2u, await again.HandledAsync());
        await again.SendAsync($"<a xmlns='{Namespace}' h='4294967295'/>");
        await again.SendAsync($"<a xmlns='{Namespace}' h='1'/>");
        await again.BarrierAsync();
        await again.DisposeAsync();

        (again, resumed) = await second.ResumeAsync("juliet", id, 2);
        Assert.True(resumed.Is("resumed", Namespace));
        await again.SendAsync($"<a xmlns='{Namespace}' h='3'/>");
        await again.ExpectStreamErrorAsync("undefined-condition");
    }

    [Theory]
    [InlineData("version")]
    [InlineData("time")]
    [InlineData("length")]
    [InlineData("address")]
    [InlineData("fallback")]
    [InlineData("cut")]
    public async Task A_session_that_cannot_be_read_keeps_no_other_from_coming_back(string damage)
    {
        string id;
        await using (var server = await StartAsync())
        {
            var juliet = await server.LoginAsync("juliet@example.org/balcony");
            await juliet.ManageAsync();
            await juliet.SendAsync("<presence to='romeo@example.org/orchard'/>");
            var romeo = await server.LoginAsync("romeo@example.org/orchard");
            id = await romeo.ManageAsync();
            await romeo.SendAsync("<message to='juliet@example.org/balcony'><body>x</body></message>");
            await romeo.HandledAsync();
            await juliet.HandledAsync();
            await server.StopAsync();
        }

        await ChangeAsync(session => session.Jid.Local == "romeo" ? session.State.ToArray() : Damaged(session.State.ToArray(), damage));

        await using var second = await StartAsync();
        var (_, resumed) = await second.ResumeAsync("romeo", id, 0);
        Assert.True(resumed.Is("resumed", Namespace));
        Assert.True(second.Faults.TryDequeue(out _));
    }

    private static byte[] Damaged(byte[] state, string damage)
    {
        const int expires = 1 + 8;
        const int presence = 1 + 8 + 8 + 4 + 4;
        switch (damage)
        {
            case "version":
                state[0] = 255;
                break;
            case "time":
                state.AsSpan(expires, 8).Fill(0xff);
                break;
            case "length":
                BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(presence), int.MaxValue);
                break;
            case "address":
                "/"u8.CopyTo(state.AsSpan(state.AsSpan().LastIndexOf("romeo@example.org/orchard"u8)));
                break;
            case "fallback":
                state[presence + 4 + 1 + 1 + 4] = 255;
                break;
            case "cut":
                state = state[..^1];
                break;
        }

        return state;
    }

    [Fact]
    public async Task Sessions_are_kept_even_when_a_stream_does_not_end_in_time()
    {
        var gate = new Gate();
        await using var server = await XmppTestServer.StartAsync(build: builder =>
        {
            _storage.Register(builder.Services);
            builder.Services.AddSingleton<IXmppModule>(gate);
        });
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        await juliet.DisposeAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.ManageAsync();
        await romeo.SendAsync("<message id='hold' to='juliet@example.org/balcony'><body>x</body></message>");
        await gate.Reached;

        server.Get<IHostApplicationLifetime>().StopApplication();
        foreach (var service in server.Services.GetServices<IHostedService>().Where(static service => service.GetType().Namespace == "Parley.Server.Hosting"))
        {
            try
            {
                await service.StopAsync(new CancellationToken(canceled: true));
            }
            catch (OperationCanceledException)
            {
                // Its time is over.
            }
        }

        var kept = Assert.Single(await server.Get<IDetachedSessionStore>().TakeAllAsync(CancellationToken.None));
        Assert.Equal(id, kept.Id);
        gate.Open();
    }

    [Fact]
    public async Task The_server_does_not_stop_while_messages_of_a_session_find_another_end()
    {
        using var store = new SteppedOfflineStore();
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.AddSingletonStore<IOfflineStore>(store));
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();
        await juliet.PresenceAsync();
        await juliet.HandledAsync();
        await juliet.DisposeAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org/balcony' type='chat'><body>x</body></message>");
        await romeo.BarrierAsync();
        await romeo.DisposeAsync();
        server.Time.Advance(TimeSpan.FromSeconds(601));
        await store.ReachedAsync();

        var stopping = server.StopAsync();
        Assert.False(stopping.IsCompleted);
        store.Step();
        await stopping;
        Assert.Equal(1, await store.CountAsync(Jid.Parse("juliet@example.org"), CancellationToken.None));
    }

    [Fact]
    public async Task A_session_for_which_something_waits_when_the_server_stops_is_kept_with_it()
    {
        using var store = new SteppedOfflineStore();
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.AddSingletonStore<IOfflineStore>(store));
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>stored</body></message>");
        await store.ReachedAsync();
        var id = await juliet.ManageAsync();
        await juliet.PresenceAsync();
        await juliet.BarrierAsync();
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>held</body></message><presence to='juliet@example.org/balcony'/>");
        await juliet.ReceiveAsync(static element => element.Attribute("from") == "romeo@example.org/orchard");

        var stopping = server.StopAsync();
        Assert.False(stopping.IsCompleted);
        store.Step();
        await store.ReachedAsync();
        store.Step();
        await stopping;

        var kept = Assert.Single(await server.Get<IDetachedSessionStore>().TakeAllAsync(CancellationToken.None));
        Assert.Equal(id, kept.Id);
        Assert.Equal(2, await store.CountAsync(Jid.Parse("juliet@example.org"), CancellationToken.None));
    }

    [Fact]
    public async Task The_server_does_not_stop_while_messages_wait_behind_stored_ones()
    {
        using var store = new SteppedOfflineStore();
        await using var server = await XmppTestServer.StartAsync(
            static options => options.ArchiveDefault = ArchiveDefault.Never, builder => builder.Services.AddSingletonStore<IOfflineStore>(store));
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>stored</body></message>");
        await store.ReachedAsync();

        // What is on its way into the store is to be read before anything else is delivered.
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.PresenceAsync();
        await juliet.BarrierAsync();
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>held</body></message><presence to='juliet@example.org/balcony'/>");
        await juliet.ReceiveAsync(static element => element.Attribute("from") == "romeo@example.org/orchard");
        await juliet.DisposeAsync();
        await romeo.DisposeAsync();

        var stopping = server.StopAsync();
        Assert.False(stopping.IsCompleted);
        store.Step();
        await store.ReachedAsync();
        Assert.False(stopping.IsCompleted);
        store.Step();
        await stopping;
        Assert.Equal(2, await store.CountAsync(Jid.Parse("juliet@example.org"), CancellationToken.None));
    }

    // Nobody sends four thousand million stanzas: the counts are changed where they are kept.
    private Task SetCountsAsync(uint handled, uint acknowledged) => ChangeAsync(session =>
    {
        const int position = 1 + 8 + 8;
        var state = session.State.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(position), handled);
        BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(position + 4), acknowledged);
        return state;
    });

    private async Task ChangeAsync(Func<DetachedSession, byte[]> change)
    {
        var services = new ServiceCollection();
        _storage.Register(services);
        await using var provider = services.BuildServiceProvider();
        var store = provider.GetRequiredService<IDetachedSessionStore>();
        var changed = new List<DetachedSession>();
        foreach (var session in await store.TakeAllAsync(CancellationToken.None))
        {
            changed.Add(session with { State = change(session) });
        }

        await store.SaveAsync(changed, CancellationToken.None);
    }

    private Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(build: builder => _storage.Register(builder.Services));
}
