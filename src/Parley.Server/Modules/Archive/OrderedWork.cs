namespace Parley.Server.Modules.Archive;

/// <summary>Work behind the routing: what has the same key is done in the order in which it was given.</summary>
/// <param name="maxWaiting">How much may wait; what is beyond is not done.</param>
internal sealed class OrderedWork(int maxWaiting)
{
    // The last of those that follow one another, by the key.
    private readonly Task[] _lanes = [.. Enumerable.Repeat(Task.CompletedTask, 64)];
    private int _waiting;

    /// <summary>Has something done; false when too much waits already. <paramref name="done"/> ends as the work does.</summary>
    internal bool TryRun(int key, Func<Task> work, out Task done)
    {
        if (Interlocked.Increment(ref _waiting) > maxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            done = Task.CompletedTask;
            return false;
        }

        lock (_lanes)
        {
            ref var last = ref _lanes[(uint)key % _lanes.Length];
            done = last = RunAsync(last, work);
            return true;
        }
    }

    private async Task RunAsync(Task before, Func<Task> work)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await work();
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
