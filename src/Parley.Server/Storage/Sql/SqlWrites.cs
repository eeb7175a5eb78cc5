using System.Data.Common;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

/// <summary>Writes, in as many lanes as the dialect has; each lane is a <see cref="GroupCommitWriter"/>.</summary>
/// <remarks>The writes of one account go through one lane and keep their order; those of different accounts need not.</remarks>
public sealed class SqlWrites : IAsyncDisposable
{
    private readonly GroupCommitWriter[] _lanes;
    private readonly GroupCommitOptions _options;
    private readonly StorageMetrics _metrics;

    // Writes that wait for all lanes before they enter theirs.
    private readonly HashSet<Task> _behindAll = [];

    public SqlWrites(DbDataSource dataSource, SqlDialect dialect, GroupCommitOptions options, IMeterFactory? meters = null, ILogger? logger = null)
    {
        var outage = new StoreOutage("written", logger ?? NullLogger.Instance);
        _options = options;
        var lanes = new GroupCommitWriter[dialect.WriteLanes];
        _lanes = lanes;
        _metrics = new StorageMetrics(() => lanes.Sum(static lane => lane?.QueueDepth() ?? 0), meters);
        for (int i = 0; i < lanes.Length; i++)
            lanes[i] = new GroupCommitWriter(dataSource, dialect, options, _metrics, outage);
    }

    /// <summary>Runs a write that concerns an account; see <see cref="GroupCommitWriter.WriteAsync"/>.</summary>
    public ValueTask<TResult> WriteAsync<TState, TResult>(
        Jid account, TState arguments, Func<SqlSession, TState, TResult> write, int bytes, CancellationToken cancellationToken, bool mayWait = false) =>
        LaneOf(account).WriteAsync(arguments, write, bytes, cancellationToken, mayWait);

    /// <summary>Runs a write that concerns no account, in the order of its like.</summary>
    public ValueTask<TResult> WriteAsync<TState, TResult>(
        TState arguments, Func<SqlSession, TState, TResult> write, int bytes, CancellationToken cancellationToken) =>
        _lanes[0].WriteAsync(arguments, write, bytes, cancellationToken);

    /// <summary>Runs a write that comes after all that were called for before it, in every lane.</summary>
    /// <exception cref="StorageOverloadedException">Too many such writes wait, or too much else; nothing was written.</exception>
    public ValueTask<TResult> WriteBehindAllAsync<TState, TResult>(
        Jid account, TState arguments, Func<SqlSession, TState, TResult> write, int bytes, CancellationToken cancellationToken)
    {
        if (_lanes.Length == 1)
            return WriteAsync(account, arguments, write, bytes, cancellationToken);

        lock (_behindAll)
        {
            Task settled = SettledTask();
            if (settled.IsCompleted)
                return WriteAsync(account, arguments, write, bytes, cancellationToken);
            if (_behindAll.Count >= _options.MaxWaiting)
                return ValueTask.FromException<TResult>(new StorageOverloadedException());

            Task<TResult> task = BehindAsync(settled, account, arguments, write, bytes, cancellationToken);
            _behindAll.Add(task);
            _ = RemoveAsync(task);
            return new ValueTask<TResult>(task);
        }
    }

    /// <summary>Completes when every write that was called for before has completed, well or not, in every lane: at once when there is none. Costs no transaction.</summary>
    public ValueTask SettledAsync(CancellationToken cancellationToken)
    {
        Task settled = _lanes.Length == 1 ? _lanes[0].SettledAsync() : SettledTask();
        return settled.IsCompleted ? ValueTask.CompletedTask : new ValueTask(settled.WaitAsync(cancellationToken));
    }

    /// <summary>Takes no more writes, commits those that wait, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await SettledTask();
        foreach (GroupCommitWriter lane in _lanes)
            await lane.DisposeAsync();
        _metrics.Dispose();
    }

    private GroupCommitWriter LaneOf(Jid account) =>
        _lanes.Length == 1 ? _lanes[0] : _lanes[(uint)account.Bare.GetHashCode() % (uint)_lanes.Length];

    private Task SettledTask()
    {
        List<Task>? under = null;
        lock (_behindAll)
        {
            if (_behindAll.Count > 0)
                under = [.. _behindAll];
        }

        foreach (GroupCommitWriter lane in _lanes)
        {
            if (lane.SettledAsync() is { IsCompleted: false } task)
                (under ??= []).Add(task);
        }

        return under is null ? Task.CompletedTask : Task.WhenAll(under.Select(EndedAsync));
    }

    private async Task<TResult> BehindAsync<TState, TResult>(
        Task settled, Jid account, TState arguments, Func<SqlSession, TState, TResult> write, int bytes, CancellationToken cancellationToken)
    {
        await settled.WaitAsync(cancellationToken);
        return await WriteAsync(account, arguments, write, bytes, cancellationToken);
    }

    private async Task RemoveAsync(Task task)
    {
        await EndedAsync(task);
        lock (_behindAll)
            _behindAll.Remove(task);
    }

    private static async Task EndedAsync(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
