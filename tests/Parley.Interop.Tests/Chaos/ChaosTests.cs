using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Proxy;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Chaos;

/// <summary>Clients whose connections are cut, stalled and reset at random amid stanzas, and that sometimes forget their session: nothing is lost, nothing doubled, nothing out of order.</summary>
/// <remarks>
/// Resumptions: 150, or as many as PARLEY_CHAOS_RESUMPTIONS says. What befalls the connections is drawn by a seed that a failure names and
/// PARLEY_CHAOS_SEED repeats. PARLEY_CHAOS_PORT is the plaintext port of another server, to know that it is not the test that fails.
/// </remarks>
public sealed class ChaosTests
{
    private const int Pairs = 4;

    [Fact]
    public async Task Nothing_is_lost_doubled_or_out_of_order()
    {
        var resumptions = TestNumber.Of("PARLEY_CHAOS_RESUMPTIONS", 150);
        var seed = TestNumber.Of("PARLEY_CHAOS_SEED", Environment.TickCount);
        var foreign = TestNumber.Of("PARLEY_CHAOS_PORT", 0);
        using var time = new TestTime(60 + (resumptions / 4));
        await using var parley = foreign == 0 ? await ParleyProcess.StartAsync(time.Token, ["--allow-insecure"]) : null;
        var port = parley?.Port ?? foreign;
        var seeds = new Random(seed);
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var count = 0;
        var clients = new List<ChaosClient>();
        try
        {
            foreach (var (user, peer) in Enumerable.Range(0, Pairs).SelectMany(static n => new[] { ($"left{n}", $"right{n}"), ($"right{n}", $"left{n}") }))
            {
                // Another server keeps its accounts.
                var unique = foreign == 0 ? "" : $"-{seed:x}";
                await using var registration = await StreamClient.ConnectAsync(port, time.Token);
                await registration.RegisterAsync(user + unique, time.Token);
                var client = new ResumingClient(user + unique, peer + unique, forgetful: new Random(seeds.Next()));
                clients.Add(new ChaosClient(client, port, new Random(seeds.Next())));
            }

            foreach (var chaos in clients)
            {
                chaos.Client.Resumed = Count;
                chaos.Start(time.Token);
            }

            await await Task.WhenAny(clients.Select(static chaos => chaos.Ended).Append(enough.Task));
            await Task.WhenAll(clients.Select(static chaos => chaos.FinishAsync()));
            for (var i = 0; i < clients.Count; i++)
            {
                await clients[i].Client.Inbox.ReachAsync(clients[i ^ 1].Client.Sent, time.Token);
            }
        }
        catch (OperationCanceledException) when (time.Token.IsCancellationRequested)
        {
            Assert.Fail($"Seed {seed}: time is over after {count} resumptions.\n{Describe(clients)}\n{parley?.Transcript}");
        }
        finally
        {
            foreach (var chaos in clients)
            {
                await chaos.DisposeAsync();
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}\n{Describe(clients)}");
        Assert.All(clients, chaos =>
        {
            var inbox = chaos.Client.Inbox;
            var wrong = inbox.Violations.Concat(inbox.Repeated).ToArray();
            Assert.True(wrong.Length == 0, $"Seed {seed}:\n{string.Join('\n', wrong.Take(20))}\n{Describe(clients)}");
        });

        void Count()
        {
            if (Interlocked.Increment(ref count) >= resumptions)
            {
                enough.TrySetResult();
            }
        }
    }

    private static string Describe(IEnumerable<ChaosClient> clients) => string.Join('\n', clients);
}
