namespace Parley.Load.Connections;

/// <summary>Many clients that come and go together.</summary>
internal static class Crowd
{
    /// <summary>Logs in clients 0 to <paramref name="count"/> - 1, all available.</summary>
    public static async Task<ClientConnection[]> LogInAsync(LoadRun run, int count, CancellationToken cancellation)
    {
        var clients = new ClientConnection[count];
        await EachAsync(run, count, async (i, token) => clients[i] = await Negotiation.LogInAsync(run.TargetOf(i), i, presence: true, token), cancellation);
        return clients;
    }

    public static Task LogOutAsync(LoadRun run, ClientConnection[] clients, CancellationToken cancellation) =>
        EachAsync(run, clients.Length, async (i, token) => await clients[i].CloseAsync(token), cancellation);

    /// <summary>Runs <paramref name="action"/> for 0 to <paramref name="count"/> - 1, as many at once as the run says.</summary>
    public static async Task EachAsync(LoadRun run, int count, Func<int, CancellationToken, Task> action, CancellationToken cancellation)
    {
        var next = -1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(count, run.Parallel)).Select(_ => WorkAsync()));

        async Task WorkAsync()
        {
            try
            {
                for (int i; (i = Interlocked.Increment(ref next)) < count;)
                    await action(i, stop.Token);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }
}
