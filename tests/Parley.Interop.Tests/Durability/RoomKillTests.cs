using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>SIGKILL and clean ends at random moments while people speak in rooms and configure them: what was acknowledged is there after the restart, and temporary rooms are gone with their archives.</summary>
/// <remarks>
/// Rounds: four, every other one a clean end, or as many as the environment's PARLEY_KILL_ROUNDS says. The moment of each end is counted in acknowledgements, drawn by a seed that a failure names
/// and PARLEY_KILL_SEED repeats.
/// </remarks>
public sealed class RoomKillTests
{
    private const int MinAcknowledged = 20;
    private const int MaxAcknowledged = 300;

    [Theory]
    [MemberData(nameof(StoreUnderTest.Names), MemberType = typeof(StoreUnderTest))]
    public async Task Nothing_acknowledged_is_lost(string storeName)
    {
        var rounds = TestNumber.Of("PARLEY_KILL_ROUNDS", 4);
        var seed = TestNumber.Of("PARLEY_KILL_SEED", Environment.TickCount);
        var moments = new Random(seed);
        using var time = new TestTime(60 + (rounds * 20));
        using var store = await StoreUnderTest.CreateAsync(storeName);
        RoomWriter[] writers = [.. Enumerable.Range(0, 4).Select(static n => new RoomWriter($"witch{n}"))];
        for (var round = 0; round < rounds; round++)
        {
            await LoadAndEndAsync(store, writers, moments.Next(MinAcknowledged, MaxAcknowledged), isClean: round % 2 == 1, time.Token);
            await store.AssertSoundAsync(time.Token);
            await using var restarted = await StartAsync(store, time.Token);
            foreach (var writer in writers)
            {
                var lost = await writer.LostAsync(restarted.Port, time.Token);
                Assert.True(lost.Count == 0, $"Round {round} of seed {seed}, {writer}: lost {string.Join(", ", lost)}\n{restarted.Transcript}");
            }

            await restarted.StopAsync(time.Token);
        }

        Assert.All(writers, static writer => Assert.NotEqual(0, writer.Acknowledged));
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}: {writers.Sum(static writer => writer.Acknowledged)} acknowledgements");
    }

    private static Task<ParleyProcess> StartAsync(StoreUnderTest store, CancellationToken cancellationToken) =>
        ParleyProcess.StartAsync(cancellationToken, ["--allow-insecure", .. store.Options], store.Data);

    private static async Task LoadAndEndAsync(StoreUnderTest store, RoomWriter[] writers, int enough, bool isClean, CancellationToken cancellationToken)
    {
        await using var parley = await StartAsync(store, cancellationToken);
        foreach (var writer in writers)
        {
            await writer.PrepareAsync(parley.Port, cancellationToken);
        }

        var count = new AcknowledgementCount(enough);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = writers.Select(writer => writer.WriteAsync(parley.Port, count, over.Token)).ToArray();

        // A writer that ends before the server does has failed: its exception comes out here.
        await await Task.WhenAny([.. writing, count.Reached]).WaitAsync(cancellationToken);
        await (isClean ? parley.StopAsync(cancellationToken) : parley.KillAsync());
        await over.CancelAsync();
        await Task.WhenAll(writing).WaitAsync(cancellationToken);
    }
}
