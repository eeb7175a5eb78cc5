using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.Server.Tests.Offline;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>A receiver that never reads: bounded, cut off, and its messages given another end.</summary>
public class SlowReceiverTests
{
    private const int Limit = 128 * 1024;
    private const int BodyLength = 4000;

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.StartTls)]
    public async Task It_is_cut_off_and_the_sender_learns_what_did_not_arrive(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.MaxOutputBytes = Limit;
            options.MaxOfflineMessages = 0;
            options.ArchiveDefault = Protocol.Extensions.ArchiveDefault.Never;
        });
        var deaf = await server.LoginAsync("deaf@example.org/d", transport);
        var alice = await server.LoginAsync("alice@example.org/a");
        var witness = await server.LoginAsync("witness@example.org/w");

        var body = new string('x', BodyLength);
        const int count = 100;
        for (var i = 0; i < count; i++)
        {
            await alice.SendAsync($"<message to='deaf@example.org/d' type='chat' id='{i}'><body>{body}</body></message>");
        }

        await alice.BarrierAsync();
        await deaf.ServedAsync();
        Assert.True(deaf.Connection.IsAborted);

        // From the first that was refused on, each is refused once: what fits into what was on the way to the client is not.
        var refused = new SortedSet<int>();
        while (refused.Count < count - ((MemoryConnection.WindowBytes + (16 * 1024)) / BodyLength) || refused.Min + refused.Count != count)
        {
            var error = await alice.MessageAsync();
            var reason = error.Child("error", Namespaces.Client)!.Value;
            Assert.True(reason.Child("service-unavailable", Namespaces.StanzaErrors) is not null || reason.Child("resource-constraint", Namespaces.StanzaErrors) is not null);
            Assert.True(refused.Add(int.Parse(error.Attribute("id")!, System.Globalization.CultureInfo.InvariantCulture)));
        }

        await witness.ExpectNothingAsync(alice);
    }

    [Fact]
    public async Task What_did_not_arrive_is_kept_for_it()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxOutputBytes = Limit);
        var deaf = await server.LoginAsync("deaf@example.org/d");
        var alice = await server.LoginAsync("alice@example.org/a");
        const int count = 100;
        for (var i = 0; i < count; i++)
        {
            await alice.SendAsync($"<message to='deaf@example.org/d' type='chat' id='{i}'><body>{new string('x', BodyLength)}</body></message>");
        }

        await alice.ExpectNothingAsync();
        await deaf.ServedAsync();
        await AllFoundAnEndAsync(server);
        var kept = await server.Get<IOfflineStore>().ReadAsync(Jid.Parse("deaf@example.org"), 0, count, CancellationToken.None);
        var ids = kept.Select(message => int.Parse(XmlElement.Parse(message.Stanza).Attribute("id")!, System.Globalization.CultureInfo.InvariantCulture)).Order();
        Assert.Equal(Enumerable.Range(count - kept.Count, kept.Count), ids);
        Assert.InRange((count - kept.Count) * BodyLength, 0, MemoryConnection.WindowBytes + (16 * 1024));
    }

    [Fact]
    public async Task What_did_not_arrive_and_cannot_be_kept_comes_back()
    {
        await using var server = await XmppTestServer.StartAsync(
            options => options.MaxOutputBytes = Limit, build => build.Services.AddSingleton<IOfflineStore>(new FullOfflineStore()));
        var deaf = await server.LoginAsync("deaf@example.org/d");
        var alice = await server.LoginAsync("alice@example.org/a");
        const int count = 100;
        for (var i = 0; i < count; i++)
        {
            await alice.SendAsync($"<message to='deaf@example.org/d' type='chat' id='{i}'><body>{new string('x', BodyLength)}</body></message>");
        }

        await alice.BarrierAsync();
        await deaf.ServedAsync();
        await AllFoundAnEndAsync(server);
        var errors = await alice.ReceiveAllAsync();
        Assert.InRange((count - errors.Count) * BodyLength, 0, MemoryConnection.WindowBytes + (16 * 1024));
        Assert.All(errors, static error => error.IsError("resource-constraint", "wait"));
    }

    [Fact]
    public async Task Its_account_is_free_of_it()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxOutputBytes = Limit);
        var deaf = await server.LoginAsync("deaf@example.org/d");
        var alice = await server.LoginAsync("alice@example.org/a");
        var big = $"<message to='deaf@example.org/d' type='chat'><body>{new string('x', 200 * 1024)}</body></message>";
        await alice.SendAsync(big + big + big);
        await alice.BarrierAsync();
        await deaf.ServedAsync();
        Assert.Null(server.Get<SessionDirectory>().Find(Jid.Parse("deaf@example.org")));
    }

    [Fact]
    public async Task A_client_that_asks_without_reading_answers_is_cut_off()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxOutputBytes = Limit);
        var client = await server.LoginAsync("mallory@example.org/m");
        var question = string.Concat(Enumerable.Repeat($"<iq type='get' id='{new string('x', 200)}' to='example.org'><x xmlns='urn:x'/></iq>", 100));
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync(question);
        }

        await client.ServedAsync();
        Assert.True(client.Connection.IsAborted);
    }

    [Fact]
    public async Task Whoever_writes_faster_than_a_receiver_reads_waits_for_it()
    {
        await using var server = await XmppTestServer.StartAsync(static options => (options.MaxOutputBytes, options.RateLimits) = (Limit, true));
        var bob = await server.LoginAsync("bob@example.org/b");
        var alice = await server.LoginAsync("alice@example.org/a");
        const int count = 200;
        await alice.SendAsync(string.Concat(Enumerable.Range(0, count).Select(static i =>
            $"<message to='bob@example.org/b' id='{i}'><body>{new string('x', BodyLength)}</body></message>")));

        for (var i = 0; i < count; i++)
        {
            Assert.Equal($"{i}", (await bob.MessageAsync()).Attribute("id"));
        }

        await bob.ExpectNothingAsync(alice);
    }

    [Fact]
    public async Task Whoever_writes_to_one_that_never_reads_does_not_wait_for_each_stanza()
    {
        await using var server = await XmppTestServer.StartAsync(static options => (options.MaxOutputBytes, options.RateLimits) = (Limit, true));
        var deaf = await server.LoginAsync("deaf@example.org/d");
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync(string.Concat(Enumerable.Repeat(
            $"<message to='deaf@example.org/d' type='chat'><body>{new string('x', BodyLength)}</body></message>", 100)));

        // The transport may be slow before it is full: a wait or two can end well before the one that is in vain.
        var waits = 0;
        var served = alice.ExpectNothingAsync();
        while (await Task.WhenAny(served, server.Time.WhenDelayedAsync()) != served)
        {
            server.Time.Advance(TimeSpan.FromSeconds(2));
            waits++;
        }

        await served;
        Assert.InRange(waits, 1, 9);
        await deaf.ServedAsync();
        Assert.True(deaf.Connection.IsAborted);
    }

    [Fact]
    public async Task A_receiver_that_pauses_gets_everything_in_order()
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/b", Transport.StartTls);
        var alice = await server.LoginAsync("alice@example.org/a");
        for (var i = 0; i < 100; i++)
        {
            await alice.SendAsync($"<message to='bob@example.org/b' id='{i}'><body>{new string('x', BodyLength)}</body></message>");
        }

        await alice.BarrierAsync();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal($"{i}", (await bob.MessageAsync()).Attribute("id"));
        }

        await bob.ExpectNothingAsync();
    }

    // What came while the session ended waits behind what it had not taken.
    private static Task AllFoundAnEndAsync(XmppTestServer server) => server.Get<IMessageHold>().AllEndedAsync().WaitAsync(TestClient.Patience);
}
