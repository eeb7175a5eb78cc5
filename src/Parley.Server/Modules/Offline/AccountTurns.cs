using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Offline;

/// <summary>One thing at a time for each account, in the order of asking. Nothing is kept of an account for which nothing is done.</summary>
internal sealed class AccountTurns
{
    private readonly Dictionary<Jid, Queue<TaskCompletionSource>> _waiting = [];

    /// <summary>Does something when it is its turn.</summary>
    internal async ValueTask RunAsync(Jid account, Func<ValueTask> action)
    {
        await EnterAsync(account);
        try
        {
            await action();
        }
        finally
        {
            Leave(account);
        }
    }

    private Task EnterAsync(Jid account)
    {
        lock (_waiting)
        {
            if (_waiting.TryAdd(account, []))
            {
                return Task.CompletedTask;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting[account].Enqueue(turn);
            return turn.Task;
        }
    }

    private void Leave(Jid account)
    {
        lock (_waiting)
        {
            if (_waiting[account].TryDequeue(out var next))
            {
                next.SetResult();
            }
            else
            {
                _waiting.Remove(account);
            }
        }
    }
}
