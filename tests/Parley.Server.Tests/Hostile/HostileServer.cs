using System.Text;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>How far a hostile client has come.</summary>
public enum Progress
{
    /// <summary>Connected, under TLS where the transport has it; its stream header is due.</summary>
    Connected,

    /// <summary>Its stream is open.</summary>
    Opened,

    /// <summary>Authenticated, its stream open anew.</summary>
    Authenticated,

    /// <summary>A resource is bound.</summary>
    Bound,
}

/// <summary>One server for all rows of a table, with a witness who must notice nothing.</summary>
public sealed class HostileServer : IAsyncLifetime
{
    /// <summary>What a hostile client sends to reach the witness.</summary>
    public const string ToWitness = "<message to='witness@example.org/w'><body>routed</body></message>";

    private TestClient _witness = null!;

    public XmppTestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await XmppTestServer.StartAsync(options =>
        {
            options.Domains.Add("example.org");
            options.Domains.Add("example.net");
        });
        await Server.CreateAccountAsync("mallory@example.org");
        _witness = await Server.LoginAsync("witness@example.org/w");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>A client that has come so far.</summary>
    public async Task<TestClient> ReachAsync(Progress progress, Transport transport)
    {
        if (progress == Progress.Connected)
        {
            var connected = await Server.ConnectAsync(transport);
            if (transport == Transport.StartTls)
            {
                await connected.OpenAsync();
                await connected.StartTlsAsync();
            }

            return connected;
        }

        var client = await Server.OpenAsync(transport);
        if (progress >= Progress.Authenticated)
        {
            await client.AuthenticateAsync("mallory", XmppTestServer.Password);
        }

        if (progress == Progress.Bound)
        {
            await client.BindAsync("m");
        }

        return client;
    }

    /// <summary>The input ends the stream with that error, and nobody else notices.</summary>
    /// <param name="progress">How far the client has come before.</param>
    /// <param name="transport">How it is connected.</param>
    /// <param name="input">What it sends; characters up to U+00FF stand for the bytes of that value.</param>
    /// <param name="condition">The stream error.</param>
    public async Task EndsStreamAsync(Progress progress, Transport transport, string input, string condition)
    {
        var client = await ReachAsync(progress, transport);
        await client.SendAsync(Encoding.Latin1.GetBytes(input));
        await client.ExpectStreamErrorAsync(condition);
        await NobodyNoticedAsync();
    }

    /// <summary>The witness got nothing, and is still served.</summary>
    public Task NobodyNoticedAsync() => _witness.ExpectNothingAsync();
}

/// <summary>Rows of a table, each over every transport.</summary>
public static class Rows
{
    public static TheoryData<Transport, string, string> OverEveryTransport(params (string Input, string Outcome)[] rows) =>
        Over(Enum.GetValues<Transport>(), rows);

    /// <summary>Where the stream is one document: what holds of its header, and of what stands between its elements.</summary>
    public static TheoryData<Transport, string, string> OverTcp(params (string Input, string Outcome)[] rows) =>
        Over([Transport.Plaintext, Transport.StartTls, Transport.DirectTls], rows);

    /// <summary>Where each element is a document of its own.</summary>
    public static TheoryData<Transport, string, string> OverWebSocket(params (string Input, string Outcome)[] rows) =>
        Over([Transport.WebSocket], rows);

    private static TheoryData<Transport, string, string> Over(Transport[] transports, (string Input, string Outcome)[] rows)
    {
        var data = new TheoryData<Transport, string, string>();
        foreach (var transport in transports)
        {
            foreach (var (input, outcome) in rows)
            {
                data.Add(transport, input, outcome);
            }
        }

        return data;
    }
}
