using System.Globalization;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0198 between two servers in one process, while the network between them is cut again and again.</summary>
public sealed class LostNetworkTests
{
    private const int Count = 1000;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);
    private readonly TestNetwork _network = new();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Of_a_thousand_messages_each_way_none_is_lost_none_doubled_and_none_out_of_order(int cuts)
    {
        var (org, net) = await StartAsync(static options =>
        {
            // Time passes faster here than anything can be answered: half a day is 864,000 turns of the clock.
            options.AcknowledgementTimeout = options.NegotiationTimeout = options.Federation.ResumptionTime = TimeSpan.FromHours(12);
            options.Federation.ConnectTimeout = options.Federation.ConnectDeadline = TimeSpan.FromMinutes(10);
            options.Federation.RetryDelay = options.Federation.MaxRetryDelay = Turn;
        });
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");
        var clock = await org.LoginAsync("clock@example.org/tower");
        await alice.SendAsync("<message to='bob@example.net/phone' type='chat'><body>-1</body></message>");
        await bob.SendAsync("<message to='alice@example.org/desk' type='chat'><body>-1</body></message>");
        await bob.MessageAsync();
        await alice.MessageAsync();
        await org.AcknowledgedAsync();
        await net.AcknowledgedAsync();

        var (toBob, toAlice) = (new Progress(), new Progress());
        var receiving = Task.WhenAll(ReceiveAsync(alice, toAlice), ReceiveAsync(bob, toBob));
        var sending = Task.Run(async () =>
        {
            var last = 0;
            for (var i = 0; i < Count; i++)
            {
                if (i > 0 && i % (Count / (cuts + 1)) == 0)
                {
                    // Both streams are up again; some messages are on their way, others not sent yet.
                    await Task.WhenAll(toBob.ReachedAsync(last), toAlice.ReachedAsync(last));
                    _network.Cut();
                    last = i;
                }

                await alice.SendAsync($"<message to='bob@example.net/phone' type='chat'><body>{i}</body></message>");
                await bob.SendAsync($"<message to='alice@example.org/desk' type='chat'><body>{i}</body></message>");
            }
        }, TestContext.Current.CancellationToken);

        // A connection that cannot be made at once is tried again later.
        while (!receiving.IsCompleted)
        {
            org.Time.Advance(Turn);
            net.Time.Advance(Turn);
            await clock.BarrierAsync();
        }

        await receiving;
        await sending;
        await alice.ExpectNothingAsync();
        await bob.ExpectNothingAsync();
        Assert.True(_network.Connections > 2);
    }

    [Fact]
    public async Task Without_resumption_none_is_lost_and_the_first_of_each_is_in_its_order()
    {
        var (org, net) = await StartAsync(static options => options.Federation.ResumptionTime = TimeSpan.Zero);
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");

        var sending = SendAsync(alice, "bob@example.net/phone");
        var next = 0;
        while (next < Count)
        {
            // What comes again comes in its order, too: nothing is ever skipped.
            var number = Number(await bob.MessageAsync());
            Assert.True(number <= next, $"{number} came before {next}.");
            if (number == next && ++next == Count / 2)
            {
                _network.Cut();
            }
        }

        await sending;
    }

    private static async Task SendAsync(TestClient client, string to)
    {
        for (var i = 0; i < Count; i++)
        {
            await client.SendAsync($"<message to='{to}' type='chat'><body>{i}</body></message>");
        }
    }

    private static async Task ReceiveAsync(TestClient client, Progress progress)
    {
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(i, Number(await client.MessageAsync()));
            progress.Reach(i);
        }
    }

    private static int Number(Protocol.Xml.XmlElement message)
    {
        Assert.True(message.Attribute("type") != "error", $"It came back: {message.ToText()}");
        return int.Parse(message.Child("body", "jabber:client")!.Value.Text, CultureInfo.InvariantCulture);
    }

    private async Task<(XmppTestServer Org, XmppTestServer Net)> StartAsync(Action<XmppServerOptions>? options = null)
    {
        _network.Name("example.net", "192.0.2.2");
        var org = await _network.StartAsync("192.0.2.1", ["example.org"], options);
        return (org, await _network.StartAsync("192.0.2.2", ["example.net"], options));
    }

    /// <summary>How far a receiver has come.</summary>
    private sealed class Progress
    {
        private readonly TaskCompletionSource[] _reached = [.. Enumerable.Range(0, Count).Select(static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];

        internal void Reach(int number) => _reached[number].TrySetResult();

        internal Task ReachedAsync(int number) => _reached[number].Task;
    }
}
