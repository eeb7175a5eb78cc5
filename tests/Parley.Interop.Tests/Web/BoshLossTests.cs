using System.Globalization;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Parley.Protocol;
using Xunit;

namespace Parley.Interop.Tests.Web;

/// <summary>BOSH over a network that loses, repeats and reorders one request in ten (XEP-0124 §14).</summary>
public sealed class BoshLossTests
{
    private const int Each = 5000;
    private const int PerRequest = 5;

    [Fact]
    public async Task No_stanza_is_lost_doubled_or_reordered()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        var address = new Uri($"http://localhost:{parley.HttpPort}/http-bind");
        using var aliceNetwork = new LossyHandler(1);
        using var bobNetwork = new LossyHandler(2);
        using var aliceHttp = new HttpClient(aliceNetwork);
        using var bobHttp = new HttpClient(bobNetwork);
        var alice = new RepeatingBoshClient(aliceHttp, address, time.Token);
        var bob = new RepeatingBoshClient(bobHttp, address, time.Token);
        await RegisterAsync(parley, "alice", time.Token);
        await RegisterAsync(parley, "bob", time.Token);
        await alice.LoginAsync("alice", "secret");
        await bob.LoginAsync("bob", "secret");

        await Task.WhenAll(alice.RunAsync(Bodies("bob"), Each), bob.RunAsync(Bodies("alice"), Each));

        var due = Enumerable.Range(0, Each).Select(static i => i.ToString(CultureInfo.InvariantCulture)).ToArray();
        foreach (var client in new[] { alice, bob })
        {
            Assert.Equal(due, client.Received.Select(static message => message.Child("body", Namespaces.Client)?.Text));
        }

        // It was a bad network.
        Assert.All(aliceNetwork.Mishaps, static count => Assert.True(count > 5, "Too little happened."));
        Assert.True(alice.Repeated > 20, "Too little was sent again.");
    }

    private static IEnumerable<string> Bodies(string to) => Enumerable.Range(0, Each).Chunk(PerRequest).Select(chunk => string.Concat(chunk.Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"<message xmlns='jabber:client' to='{to}@localhost/web' type='chat' id='m{i}'><body>{i}</body></message>"))));

    private static async Task RegisterAsync(ParleyProcess parley, string user, CancellationToken cancellationToken)
    {
        await using var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, cancellationToken, directTls: true);
        await registration.RegisterAsync(user, "secret", cancellationToken);
    }
}
