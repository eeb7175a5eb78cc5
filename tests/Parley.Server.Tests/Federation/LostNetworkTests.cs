using System.Globalization;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>XEP-0198 between two servers in one process, while the network between them is cut again and again.</summary>
public sealed class LostNetworkTests
{
    private const int Count = 1000;
    private readonly TestNetwork _network = new();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Of_a_thousand_messages_each_way_none_is_lost_none_doubled_and_none_out_of_order(int cuts)
    {
        var (org, net) = await StartAsync(static options =>
        {
            // Time passes faster here than anything can be answered.
            options.AcknowledgementTimeout = options.NegotiationTimeout = options.Federation.ResumptionTime = TimeSpan.FromHours(12);
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

        // In the middle: some are on their way, others not sent yet.
        var sending = Task.WhenAll(
            SendAsync(alice, "bob@example.net/phone", i =>
            {
                if (i > 0 && i % (Count / (cuts + 1)) == 0)
                {
                    _network.Cut();
                }
            }),
            SendAsync(bob, "alice@example.org/desk", static _ => { }));
        var receiving = Task.WhenAll(ReceiveAsync(alice), ReceiveAsync(bob));

        // A stream that is cut before it is ready is tried again later.
        while (!receiving.IsCompleted)
        {
            org.Time.Advance(TimeSpan.FromSeconds(1));
            net.Time.Advance(TimeSpan.FromSeconds(1));
            await clock.BarrierAsync();
        }

        await sending;
        await receiving;
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

        var sending = SendAsync(alice, "bob@example.net/phone", static _ => { });
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

    private static async Task SendAsync(TestClient client, string to, Action<int> before)
    {
        for (var i = 0; i < Count; i++)
        {
            before(i);
            await client.SendAsync($"<message to='{to}' type='chat'><body>{i}</body></message>");
        }
    }

    private static async Task ReceiveAsync(TestClient client)
    {
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(i, Number(await client.MessageAsync()));
        }
    }

    private static int Number(Protocol.Xml.XmlElement message) => int.Parse(message.Child("body", "jabber:client")!.Value.Text, CultureInfo.InvariantCulture);

    private async Task<(XmppTestServer Org, XmppTestServer Net)> StartAsync(Action<XmppServerOptions>? options = null)
    {
        _network.Name("example.net", "192.0.2.2");
        var org = await _network.StartAsync("192.0.2.1", ["example.org"], options);
        return (org, await _network.StartAsync("192.0.2.2", ["example.net"], options));
    }
}
