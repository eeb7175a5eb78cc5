namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Lets in one at a time, in the order in which they came: the one logical thread of a room.</summary>
internal sealed class RoomGate
{
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private bool _isTaken;

    /// <summary>How many wait.</summary>
    internal int Waiting
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Waits for the turn. Once it has come, <see cref="Leave"/> has to be called; an await that was given up passes its turn on by itself.</summary>
    internal ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_waiting)
        {
            if (!_isTaken)
            {
                _isTaken = true;
                return ValueTask.CompletedTask;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }

        return cancellationToken.CanBeCanceled ? WaitAsync(turn, cancellationToken) : new(turn.Task);
    }

    /// <summary>Takes the turn if nobody has it.</summary>
    internal bool TryEnter()
    {
        lock (_waiting)
        {
            return !_isTaken && (_isTaken = true);
        }
    }

    /// <summary>Ends the turn; the next in the order has it.</summary>
    internal void Leave()
    {
        while (true)
        {
            TaskCompletionSource? next;
            lock (_waiting)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _isTaken = false;
                    return;
                }
            }

            // One that has been given up is passed over.
            if (next.TrySetResult())
            {
                return;
            }
        }
    }

    private static async ValueTask WaitAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn);
        await turn.Task;
    }
}
