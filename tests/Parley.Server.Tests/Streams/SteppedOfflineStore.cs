using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.TestKit;

namespace Parley.Server.Tests.Streams;

/// <summary>A store that keeps messages one after the other, each when a test says so. As from a database, what is on its way in is waited for before anything is read.</summary>
internal sealed class SteppedOfflineStore : IOfflineStore, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(Jid Account, OfflineMessage Message)> _rows = [];
    private readonly ConcurrentQueue<TaskCompletionSource> _steps = new();
    private readonly SemaphoreSlim _reached = new(0);
    private Task _settled = Task.CompletedTask;

    public void Dispose() => _reached.Dispose();

    /// <summary>Waits until another message is to be stored.</summary>
    internal async Task ReachedAsync() => Xunit.Assert.True(await _reached.WaitAsync(TestClient.Patience));

    /// <summary>Has the oldest that waits stored.</summary>
    internal void Step()
    {
        Xunit.Assert.True(_steps.TryDequeue(out var step));
        step.TrySetResult();
    }

    public async ValueTask<bool> AppendAsync(Jid account, long id, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken)
    {
        var step = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stored = StoreAsync();
        lock (_gate)
        {
            _settled = Task.WhenAll(_settled, stored);
        }

        _steps.Enqueue(step);
        _reached.Release();
        await stored;
        return true;

        async Task StoreAsync()
        {
            await step.Task;
            lock (_gate)
            {
                _rows.Add((account, new OfflineMessage(id, stanza)));
            }
        }
    }

    public async ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long afterId, int count, CancellationToken cancellationToken)
    {
        Task settled;
        lock (_gate)
        {
            settled = _settled;
        }

        await settled;
        lock (_gate)
        {
            return [.. _rows.Where(row => row.Account.Equals(account) && row.Message.Id > afterId).Select(static row => row.Message).Take(count)];
        }
    }

    public ValueTask DeleteAsync(Jid account, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _rows.RemoveAll(row => ids.Contains(row.Message.Id));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) => new(0);

    public ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return new(_rows.Count(row => row.Account.Equals(account)));
        }
    }
}
