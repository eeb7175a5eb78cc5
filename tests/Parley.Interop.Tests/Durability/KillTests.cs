using Microsoft.Data.Sqlite;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>SIGKILL at random moments under load: whatever was acknowledged is there after the restart.</summary>
/// <remarks>
/// Rounds: three, or as many as the environment's PARLEY_KILL_ROUNDS says. The moment of each kill is counted in acknowledgements, drawn
/// by a seed that a failure names and PARLEY_KILL_SEED repeats.
/// </remarks>
public sealed class KillTests
{
    private const int MinAcknowledged = 20;
    private const int MaxAcknowledged = 400;
    private const int WritersOfAKind = 3;

    [Fact]
    public async Task Nothing_acknowledged_is_lost()
    {
        var rounds = TestNumber.Of("PARLEY_KILL_ROUNDS", 3);
        var seed = TestNumber.Of("PARLEY_KILL_SEED", Environment.TickCount);
        var moments = new Random(seed);
        var data = Directory.CreateTempSubdirectory("parley-kill-").FullName;
        Writer[] writers =
        [
            .. Enumerable.Range(0, WritersOfAKind).Select(static n => new RosterWriter($"roster{n}")),
            .. Enumerable.Range(0, WritersOfAKind).Select(static n => new RegistrationWriter($"newcomer{n}")),
            .. Enumerable.Range(0, WritersOfAKind).Select(static n => new OfflineWriter($"sender{n}", $"absent{n}")),
        ];
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                using var time = new TestTime(90);
                var kill = moments.Next(MinAcknowledged, MaxAcknowledged);
                await LoadAndKillAsync(data, writers, kill, time.Token);
                AssertIntegrity(data);
                await using var restarted = await ParleyProcess.StartAsync(time.Token, ["--allow-insecure"], data);
                foreach (var writer in writers)
                {
                    var lost = await writer.LostAsync(restarted.Port, time.Token);
                    Assert.True(lost.Count == 0, $"Round {round} of seed {seed}, {writer}: lost {string.Join(", ", lost)}");
                }
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }

        Assert.All(writers, static writer => Assert.NotEqual(0, writer.Acknowledged));
    }

    private static async Task LoadAndKillAsync(string data, Writer[] writers, int kill, CancellationToken cancellationToken)
    {
        await using var parley = await ParleyProcess.StartAsync(cancellationToken, ["--allow-insecure"], data);
        foreach (var writer in writers)
        {
            await writer.PrepareAsync(parley.Port, cancellationToken);
        }

        var count = new AcknowledgementCount(kill);
        using var killed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = writers.Select(writer => writer.WriteAsync(parley.Port, count, killed.Token)).ToArray();

        // A writer that ends before the kill has failed: its exception comes out here.
        var first = await Task.WhenAny(writing.Append(count.Reached).ToArray()).WaitAsync(cancellationToken);
        if (first != count.Reached)
        {
            await first;
        }

        await parley.KillAsync();
        await killed.CancelAsync();
        await Task.WhenAll(writing).WaitAsync(cancellationToken);
    }

    private static void AssertIntegrity(string data)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection($"Data Source={Path.Combine(data, "parley.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", command.ExecuteScalar());
    }
}
