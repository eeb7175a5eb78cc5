using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Connections;
using Parley.Server.Sessions;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Streams.ManagedClient;

namespace Parley.Server.Tests.Streams;

/// <summary>What becomes of stanzas that are half on their way when a connection is lost, and of those that wait behind them.</summary>
public sealed class LostConnectionTests
{
    [Fact]
    public async Task What_was_sent_before_stream_management_and_never_left_finds_another_end()
    {
        await using var server = await XmppTestServer.StartAsync();
        var deaf = await server.LoginAsync("deaf@example.org/d");
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync($"<message to='deaf@example.org/d' type='chat'><body>{new string('x', 2 * MemoryConnection.WindowBytes)}</body></message>");
        await alice.SendAsync("<message to='deaf@example.org/d' type='chat'><body>second</body></message>");
        await alice.BarrierAsync();
        await deaf.SendAsync($"<enable xmlns='{Namespace}' resume='true'/><message to='alice@example.org/a'><body>enabled</body></message>");
        Assert.Equal("enabled", (await alice.MessageAsync()).Body());

        await deaf.DisposeAsync();
        await deaf.ServedAsync();

        var again = await server.LoginAsync("deaf@example.org/again");
        await again.PresenceAsync();
        Assert.StartsWith("xxx", (await again.MessageAsync()).Body(), StringComparison.Ordinal);
        Assert.Equal("second", (await again.MessageAsync()).Body());
    }

    [Fact]
    public async Task A_resource_that_comes_while_messages_find_another_end_gets_them_in_their_order()
    {
        using var store = new SteppedOfflineStore();
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.AddSingletonStore<IOfflineStore>(store));
        var bob = await server.LoginAsync("bob@example.org/lost");
        var alice = await server.LoginAsync("alice@example.org/a");
        await bob.ManageAsync();
        await bob.PresenceAsync();
        await bob.HandledAsync();
        await alice.SendAsync("<message to='bob@example.org' type='chat'><body>1</body></message>");
        Assert.Equal("1", (await bob.MessageAsync()).Body());
        await bob.SendAsync("</stream:stream>");
        await store.ReachedAsync();
        await alice.SendAsync("<message to='bob@example.org' type='chat'><body>2</body></message><message to='bob@example.org' type='chat'><body>3</body></message>");
        await alice.BarrierAsync();
        store.Step();
        await store.ReachedAsync();

        var next = await server.LoginAsync("bob@example.org/next");
        await next.PresenceAsync();
        await next.BarrierAsync();
        store.Step();

        Assert.Equal("1", (await next.MessageAsync()).Body());
        Assert.Equal("2", (await next.MessageAsync()).Body());
        Assert.Equal("3", (await next.MessageAsync()).Body());
    }

    [Fact]
    public async Task Presence_that_is_being_handled_when_the_connection_is_lost_is_handled_to_its_end()
    {
        var busy = new Busy();
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.AddSingleton<IXmppModule>(busy));
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var id = await juliet.ManageAsync();
        await juliet.SendAsync("<presence id='hold' to='romeo@example.org/orchard'/>");
        await busy.Reached;

        server.Get<OpenStreams>().OfType<ClientStream>().Single(stream => stream.Account!.Equals(Jid.Parse("juliet@example.org"))).Connection.Abort();
        busy.Open();

        var (_, resumed) = await server.ResumeAsync("juliet", id, 0);
        Assert.Equal("1", resumed.Attribute("h"));
        await romeo.ReceiveAsync(static element => element.Attribute("from") == "juliet@example.org/balcony");
    }

    [Fact]
    public async Task What_a_lost_resource_did_not_take_goes_to_one_that_is_there_before_one_that_may_come_back()
    {
        await using var server = await XmppTestServer.StartAsync();
        var phone = await server.LoginAsync("juliet@example.org/phone");
        var id = await phone.ManageAsync();
        await phone.PresenceAsync();
        await phone.HandledAsync();
        await phone.DisposeAsync();
        var tablet = await server.LoginAsync("juliet@example.org/tablet");
        await tablet.PresenceAsync();
        var desk = await server.LoginAsync("juliet@example.org/desk");
        await desk.ManageAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org/desk' type='chat'><body>x</body></message>");
        Assert.Equal("x", (await desk.MessageAsync()).Body());

        await desk.SendAsync("</stream:stream>");

        Assert.Equal("x", (await tablet.MessageAsync()).Body());
        server.Time.Advance(TimeSpan.FromSeconds(31));
        var (_, resumed) = await server.ResumeAsync("juliet", id, 0);
        Assert.True(resumed.Is("resumed", Namespace));
    }

    [Fact]
    public async Task Who_sends_while_stored_messages_are_delivered_to_it_is_read_on()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>stored</body></message>");
        await romeo.BarrierAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.ManageAsync();
        await juliet.PresenceAsync();
        Assert.Equal("stored", (await juliet.MessageAsync()).Body());

        const int count = 200;
        await juliet.SendAsync(string.Concat(Enumerable.Range(0, count).Select(static i =>
            $"<message to='juliet@example.org' type='chat'><body>{i}</body></message>")));
        await juliet.SendAsync($"<a xmlns='{Namespace}' h='2'/>");

        for (var i = 0; i < count; i++)
        {
            Assert.Equal($"{i}", (await juliet.MessageAsync()).Body());
        }
    }

    // A guard that takes as long as a test likes, and gives up with the connection.
    private sealed class Busy : IXmppModule
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Reached => _reached.Task.WaitAsync(TestClient.Patience);

        public void Configure(ModuleBuilder module) => module.AtStage(Stage.PreRoute, async (delivery, cancellationToken) =>
        {
            if (delivery.Stanza.Id.Span.SequenceEqual("hold"u8))
            {
                _reached.TrySetResult();
                await _opened.Task;
                cancellationToken.ThrowIfCancellationRequested();
            }

            return Verdict.Continue;
        });

        internal void Open() => _opened.TrySetResult();
    }
}
