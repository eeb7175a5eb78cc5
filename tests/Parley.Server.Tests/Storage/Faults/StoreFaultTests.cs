using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Storage.Faults;

/// <summary>A store that fails its n-th operation, for every n: nothing is acknowledged that is not kept, every stanza gets its answer, and the same server goes on.</summary>
public sealed class StoreFaultTests : IDisposable
{
    private const int MaxFailures = 400;
    private readonly FaultyBackend _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(FaultKind.Refused, 1, 1)]
    [InlineData(FaultKind.ConnectionLost, 1, 1)]
    [InlineData(FaultKind.CommittedUnheard, 1, 1)]
    [InlineData(FaultKind.Refused, 6, 5)]
    [InlineData(FaultKind.ConnectionLost, 40, 13)]
    public async Task Every_operation_may_fail(FaultKind kind, int length, int step)
    {
        await using XmppTestServer server = await _store.StartAsync();
        await PassAsync(server, "warm", kind, int.MaxValue, int.MaxValue);
        int met = 0;
        int passes = 0;
        var failures = new List<string>();
        for (int n = 1; failures.Count < MaxFailures; n += step)
        {
            try
            {
                if (await PassAsync(server, $"u{n}", kind, n, n + length - 1) == 0)
                    break;
            }
            catch (Exception e) when (e is Xunit.Sdk.IAssertionException)
            {
                failures.Add($"From operation {n} of about {_store.Plan.Met}: {e.Message}\n{string.Join('\n', server.Faults)}");
                server.Faults.Clear();
            }

            passes++;
            met = Math.Max(met, _store.Plan.Met);
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {passes} passes over about {met} operations failed.\n\n{string.Join("\n\n", failures)}");

        // How many commits there are depends on how many writes share one.
        Assert.True(passes * step > 10, $"Only {passes} passes met a fault.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{passes} passes over about {met} operations");
    }

    /// <summary>Runs the scenario over a failing store, looks what became of it all, and runs it again over a store that is well.</summary>
    /// <returns>How many operations failed.</returns>
    private async Task<int> PassAsync(XmppTestServer server, string name, FaultKind kind, int from, int to)
    {
        string one = $"{name}-one";
        string other = $"{name}-other";
        await server.CreateAccountAsync($"{one}@example.org");
        await server.CreateAccountAsync($"{other}@example.org");

        var failing = new FaultScenario(server, one, other);
        _store.Plan.Arm(kind, from, to);
        try
        {
            await failing.RunAsync();
        }
        finally
        {
            _store.Plan.Disarm();
        }

        int failed = _store.Plan.Failed;
        await failing.CheckAsync();
        await failing.CheckSubscriptionsAsync();

        if (failed > 0)
        {
            var again = new FaultScenario(server, one, other);
            await again.RunAsync();
            await again.CheckAsync();
            Assert.Equal(0, again.Refusals);
        }

        // The store's failure is told once, and nothing else is.
        Assert.Empty(server.Faults);
        string[] failures = [.. _store.Log.Lines.Where(static line => line.StartsWith("The database cannot be ", StringComparison.Ordinal))];
        _store.Log.Lines.Clear();
        Assert.True(failures.Length <= 2, string.Join('\n', failures));
        return failed;
    }
}
