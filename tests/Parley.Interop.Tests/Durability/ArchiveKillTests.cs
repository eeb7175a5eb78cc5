using System.Diagnostics;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>
/// SIGKILL at random moments while clients with stream management (XEP-0198) exchange 500 messages a second: what was acknowledged is in the sender's
/// and in the recipient's archive after the restart, and in the end everything has arrived in order.
/// </summary>
/// <remarks>
/// Rounds: three, or as many as the environment's PARLEY_KILL_ROUNDS says, on one store. The moment of each kill is counted in acknowledgements, drawn
/// by a seed that a failure names and PARLEY_KILL_SEED repeats.
/// </remarks>
public sealed class ArchiveKillTests
{
    private const int Pairs = 5;
    private const int MessagesPerSecond = 500;
    private const int MinAcknowledged = 50;
    private const int MaxAcknowledged = 1500;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(2.0 * Pairs / MessagesPerSecond);

    [Theory]
    [MemberData(nameof(StoreUnderTest.Names), MemberType = typeof(StoreUnderTest))]
    public async Task Nothing_acknowledged_is_lost(string storeName)
    {
        var rounds = TestNumber.Of("PARLEY_KILL_ROUNDS", 3);
        var seed = TestNumber.Of("PARLEY_KILL_SEED", Environment.TickCount);
        var moments = new Random(seed);
        using var time = new TestTime(60 + (rounds * 15));
        using var store = await StoreUnderTest.CreateAsync(storeName);
        var log = new AcknowledgementLog();
        LoggedClient[] clients = [.. Enumerable.Range(0, Pairs).SelectMany(n => new LoggedClient[] { new($"left{n}", $"right{n}", log), new($"right{n}", $"left{n}", log) })];
        var parley = await StartAsync(store, time.Token);
        try
        {
            foreach (var client in clients)
            {
                await using var registration = await Wire.StreamClient.ConnectAsync(parley.Port, time.Token);
                await registration.RegisterAsync(client.Client.User, time.Token);
            }

            for (var round = 0; round < rounds; round++)
            {
                var watch = Stopwatch.StartNew();
                var kill = moments.Next(MinAcknowledged, MaxAcknowledged);
                await LoadAndKillAsync(parley, clients, log.Await(kill), time.Token);
                TestContext.Current.TestOutputHelper?.WriteLine($"Round {round}: killed after {kill} acknowledgements in {watch.ElapsedMilliseconds} ms");
                await parley.DisposeAsync();
                await store.AssertSoundAsync(time.Token);
                parley = await StartAsync(store, time.Token);
                await AssertKeptAsync(clients, parley.Port, $"Round {round} of seed {seed}", time.Token);
            }

            await AssertArrivedAsync(clients, parley.Port, $"Seed {seed}", time.Token);
            await parley.StopAsync(time.Token);
            await store.AssertSoundAsync(time.Token);
        }
        finally
        {
            await parley.DisposeAsync();
            foreach (var client in clients)
            {
                client.Dispose();
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}: {log.Total} acknowledgements\n{string.Join<object>('\n', clients.Select(static client => client.Client))}");
    }

    private static Task<ParleyProcess> StartAsync(StoreUnderTest store, CancellationToken cancellationToken) =>
        ParleyProcess.StartAsync(cancellationToken, ["--allow-insecure", .. store.Options], store.Data);

    private static async Task LoadAndKillAsync(ParleyProcess parley, LoggedClient[] clients, Task enough, CancellationToken cancellationToken)
    {
        using var killed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = clients.Select(client => client.Client.RunAsync(parley.Port, killed.Token)).ToArray();
        var talking = clients.Select(client => client.TalkAsync(Tick, killed.Token)).ToArray();

        // A client that ends before the kill has failed: its exception comes out here.
        await await Task.WhenAny([.. running, .. talking, enough]).WaitAsync(cancellationToken);
        await parley.KillAsync();
        await killed.CancelAsync();
        await Task.WhenAll([.. running, .. talking]).WaitAsync(cancellationToken);
    }

    private static async Task AssertKeptAsync(LoggedClient[] clients, int port, string when, CancellationToken cancellationToken)
    {
        await Task.WhenAll(clients.Select(client => client.Archive.ReadAsync(port, cancellationToken)));
        string[] lost = [.. clients.SelectMany((client, i) => client.Lost(clients[i ^ 1].Archive))];
        Assert.True(lost.Length == 0, $"{when}: acknowledged and lost: {string.Join("; ", lost.Take(50))}");
    }

    private static async Task AssertArrivedAsync(LoggedClient[] clients, int port, string when, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = clients.Select(client => client.Client.RunAsync(port, over.Token)).ToArray();
        var arrived = Task.WhenAll(clients.Select((client, i) => Task.WhenAll(
            client.Client.Outbox.EmptyAsync(cancellationToken), client.Client.Inbox.ReachAsync(clients[i ^ 1].Client.Sent, cancellationToken))));
        await await Task.WhenAny([.. running, arrived]);
        await over.CancelAsync();
        await Task.WhenAll(running);
        await AssertKeptAsync(clients, port, when, cancellationToken);
        string[] gaps = [.. clients.SelectMany(static client => client.Client.Inbox.Violations)];
        Assert.True(gaps.Length == 0, $"{when}:\n{string.Join('\n', gaps.Concat(clients.SelectMany(static client => client.Client.Inbox.Repeated)).Take(100))}");
    }
}
