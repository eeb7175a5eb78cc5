using System.Globalization;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ManagedServerPeer;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>A server that offers stream management, and refuses it when it is enabled (XEP-0198 §3): stanzas were sent behind that already. It is played.</summary>
public sealed class RefusedEnableTests : IDisposable
{
    private const string Refusal = $"<failed xmlns='{Management}'><internal-server-error xmlns='{Namespaces.StanzaErrors}'/></failed>";
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public RefusedEnableTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task What_waited_for_acknowledgements_leaves_when_there_will_be_none()
    {
        await using var server = await StartAsync(static options => options.Federation.MaxUnacknowledgedBytes = 4096);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, 0, 0, 1500);
        var stream = await _accepted.TakeStreamAsync();
        await stream.ReceiveAsync(static element => element.Is("enable", Management));
        await SendAsync(romeo, 1, 5, 1500);
        await stream.ExpectMessagesAsync("0", "1", "2");
        await romeo.BarrierAsync();

        await stream.SendAsync(Refusal);

        await stream.ExpectMessagesAsync("3", "4", "5");
    }

    [Fact]
    public async Task What_the_connection_has_not_taken_when_it_is_lost_is_sent_on_the_next()
    {
        const int last = 19;
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, 0, 0, 1);
        var stream = await _accepted.TakeStreamAsync();
        await stream.ReceiveAsync(static element => element.Is("enable", Management));

        // More than fits on the way to a server that does not read.
        await SendAsync(romeo, 1, last, 10_000);
        await romeo.BarrierAsync();
        await stream.SendAsync(Refusal + "</stream:stream>");

        // It is closed once the refusal has been read, and cut off when that is not taken either.
        var connected = _accepted.WaitToReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        while (!connected.IsCompleted)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            await romeo.BarrierAsync();
        }

        var next = await _accepted.TakeStreamAsync(Features);
        var id = int.Parse((await next.MessageAsync()).Attribute("id")!, CultureInfo.InvariantCulture);
        for (; id < last; id++)
        {
            Assert.Equal($"{id + 1}", (await next.MessageAsync()).Attribute("id"));
        }
    }

    private static async Task SendAsync(TestClient client, int first, int last, int size)
    {
        for (var id = first; id <= last; id++)
        {
            await client.SendAsync($"<message id='{id}' to='juliet@{Capulet}'><body>{new string('x', size)}</body></message>");
        }
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => _network.StartAsync("192.0.2.1", [Montague], given =>
    {
        given.Federation.Policy.RequireTls = false;
        options?.Invoke(given);
    });
}
