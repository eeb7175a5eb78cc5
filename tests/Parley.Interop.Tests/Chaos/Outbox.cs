namespace Parley.Interop.Tests.Chaos;

/// <summary>What a client has sent and the server has not acknowledged, in order, with the count of XEP-0198 §4.</summary>
/// <param name="window">How many messages may wait for their acknowledgement.</param>
internal sealed class Outbox(int window) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<OutgoingStanza> _unacknowledged = new();
    private readonly SemaphoreSlim _room = new(window, window);
    private readonly HashSet<int> _acknowledged = [];
    private TaskCompletionSource? _empty;
    private uint _h;

    /// <summary>The numbers of the messages that the server has acknowledged since they were last taken.</summary>
    internal IReadOnlyList<int> TakeAcknowledged()
    {
        lock (_lock)
        {
            int[] taken = [.. _acknowledged];
            _acknowledged.Clear();
            return taken;
        }
    }

    /// <summary>Told of each acknowledged message.</summary>
    internal Action? Acknowledged { get; set; }

    internal IReadOnlyList<OutgoingStanza> Unacknowledged
    {
        get
        {
            lock (_lock)
            {
                return [.. _unacknowledged];
            }
        }
    }

    /// <summary>Waits until another message may be sent.</summary>
    internal Task RoomAsync(CancellationToken cancellationToken) => _room.WaitAsync(cancellationToken);

    internal void Add(OutgoingStanza stanza)
    {
        lock (_lock)
        {
            _unacknowledged.Enqueue(stanza);
        }
    }

    /// <summary>The server has handled so many stanzas of this session, modulo 2^32.</summary>
    /// <exception cref="InvalidOperationException">It says more than were sent, or less than before.</exception>
    internal void Handled(uint h)
    {
        lock (_lock)
        {
            var newly = unchecked(h - _h);
            if (newly > _unacknowledged.Count)
            {
                throw new InvalidOperationException($"The server acknowledged h={h} after h={_h} with {_unacknowledged.Count} stanzas under way.");
            }

            _h = h;
            for (; newly > 0; newly--)
            {
                Acknowledge(_unacknowledged.Dequeue());
            }

            AnnounceEmpty();
        }
    }

    /// <summary>A new session counts from zero; messages that the archive has need not be sent again, the others begin its queue.</summary>
    internal void StartAnew(IReadOnlySet<int> archived, OutgoingStanza first)
    {
        lock (_lock)
        {
            var rest = _unacknowledged.Where(static stanza => stanza.Number is not null).ToArray();
            _unacknowledged.Clear();
            _h = 0;
            _unacknowledged.Enqueue(first);
            foreach (var stanza in rest)
            {
                if (archived.Contains(stanza.Number!.Value))
                {
                    Acknowledge(stanza);
                }
                else
                {
                    _unacknowledged.Enqueue(stanza);
                }
            }
        }
    }

    /// <summary>Waits until all is acknowledged.</summary>
    internal Task EmptyAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            AnnounceEmpty();
            return _empty.Task.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _room.Dispose();

    private void Acknowledge(OutgoingStanza stanza)
    {
        if (stanza.Number is { } number)
        {
            _acknowledged.Add(number);
            _room.Release();
            Acknowledged?.Invoke();
        }
    }

    private void AnnounceEmpty()
    {
        if (_unacknowledged.Count == 0)
        {
            _empty?.TrySetResult();
        }
    }
}
