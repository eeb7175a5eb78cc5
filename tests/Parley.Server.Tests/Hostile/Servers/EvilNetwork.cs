using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Sessions.Components;
using Parley.Server.Storage;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>The server that is attacked, with a witness who must notice nothing; a network around it, and evil servers on each link.</summary>
internal sealed class EvilNetwork : IAsyncDisposable
{
    /// <summary>The domain that is attacked, and another of the same server.</summary>
    internal const string Host = "example.org";
    internal const string OtherHost = "example.net";

    /// <summary>A component of it.</summary>
    internal const string Plays = "plays.example.org";
    internal const string Secret = "a secret of 16 b";

    /// <summary>A domain whose server is honest: whoever says to be that is not.</summary>
    internal const string Victim = "victim.example";
    private static readonly Jid Absent = Jid.Parse($"absent@{Host}");
    private readonly List<EvilServer> _servers = [];
    private readonly TestNetwork _network = new();
    private TestClient _witness = null!;

    private EvilNetwork()
    {
    }

    internal XmppTestServer Server { get; private set; } = null!;

    /// <summary>What the server connected to.</summary>
    internal int Connections => _network.Connections;

    /// <summary>A server of the network, known to the names; its policy does without TLS where its link does.</summary>
    internal EvilServer this[Link link] => _servers.Single(server => server.Link == link && server.Domain != Victim);

    /// <summary>Starts the server.</summary>
    /// <param name="options">Changes its options.</param>
    /// <param name="answers">Whether the evil servers answer by themselves what they are asked, as if a decent server were behind them.</param>
    /// <param name="records">More records of names.</param>
    internal static async Task<EvilNetwork> StartAsync(Action<XmppServerOptions>? options = null, bool answers = false, params string[] records)
    {
        var network = new EvilNetwork();
        await network.BeginAsync(options, answers, records);
        return network;
    }

    /// <summary>Nobody was reached, nothing was stored, no fault was logged, and whoever else is there is served.</summary>
    internal async Task NobodyNoticedAsync()
    {
        await _witness.SendAsync($"<message to='witness@{Host}/w' id='own'><body>still here</body></message>");
        var own = await _witness.ReceiveAsync();
        Assert.True(own.Attribute("id") == "own", _witness.Describe("Nothing but the witness's own message was due"));
        await _witness.ExpectNothingAsync();
        Assert.Equal(0, await Server.Get<IOfflineStore>().CountAsync(Absent, CancellationToken.None));
        Assert.Empty(Server.Faults);
    }

    /// <summary>A message in the name of the domain, to the witness and to somebody whose messages are kept.</summary>
    internal static string Messages(string domain, string to = Host) =>
        $"<message from='m@{domain}/x' to='witness@{to}/w'><body>routed</body></message><message from='m@{domain}/x' to='absent@{to}' type='chat'><body>stored</body></message>";

    /// <summary>Completes when no more than so many streams are open.</summary>
    internal async Task StreamsAsync(int count)
    {
        for (var i = 0; Server.Get<OpenStreams>().Count() > count; i++)
        {
            Assert.True(i < 10_000, $"{Server.Get<OpenStreams>().Count()} streams are open.");
            await _witness.BarrierAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _servers.ForEach(static server => server.Dispose());
    }

    private async Task BeginAsync(Action<XmppServerOptions>? options, bool answers, string[] records)
    {
        foreach (var link in Enum.GetValues<Link>())
        {
            _servers.Add(new EvilServer(_network, link, $"{link.ToString().ToLowerInvariant()}.example", $"192.0.2.{10 + (int)link}", answers));
        }

        var victim = new EvilServer(_network, Link.StartTls, Victim, "192.0.2.9", isPatient: true);
        _servers.Add(victim);
        foreach (var record in records)
        {
            _network.Record(record);
        }

        Server = await _network.StartAsync("192.0.2.1", [Host, OtherHost], given =>
        {
            given.Components[Plays] = new ComponentOptions { Secret = Secret };
            given.Federation.Policies["plain.example"] = new() { RequireTls = false };
            options?.Invoke(given);
        });
        _ = victim.AnswerAllAsync(static _ => "invalid");
        if (answers)
        {
            _servers.Where(server => server != victim).ToList().ForEach(static server => _ = server.AnswerAllAsync());
        }

        await Server.CreateAccountAsync($"absent@{Host}");
        _witness = await Server.LoginAsync($"witness@{Host}/w");
        await _witness.PresenceAsync();
        await _witness.ReceiveAllAsync();
    }
}

/// <summary>One such server for all rows of a table; its evil peers answer by themselves what they are asked.</summary>
public sealed class EvilNetworkFixture : IAsyncLifetime
{
    internal EvilNetwork Network { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Network = await EvilNetwork.StartAsync(answers: true);

    public ValueTask DisposeAsync() => Network.DisposeAsync();

    /// <summary>A stream of the evil server's that has not proved anything, or has proved to be of its domain.</summary>
    internal async Task<TestClient> ReachAsync(Link link, bool verified)
    {
        var evil = Network[link];
        var peer = await evil.OpenAsync(Network.Server);
        if (verified)
        {
            await peer.SendAsync($"<db:result from='{evil.Domain}' to='{EvilNetwork.Host}'>{ServerPeer.Key}</db:result>");
            Assert.Equal("valid", (await peer.ReceiveAsync()).Attribute("type"));
        }

        return peer;
    }

    /// <summary>The input ends the stream with that error, and nobody else notices.</summary>
    internal async Task EndsStreamAsync(TestClient peer, string input, string condition)
    {
        await peer.SendAsync(System.Text.Encoding.Latin1.GetBytes(input));
        await peer.ExpectStreamErrorAsync(condition);
        await peer.DisposeAsync();
        await Network.NobodyNoticedAsync();
    }
}
