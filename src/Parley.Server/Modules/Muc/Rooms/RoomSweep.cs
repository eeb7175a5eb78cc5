namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Has what was written to the clients of a large room leave, by one sweep after another: while one is under way, what many say is gathered for the next.</summary>
/// <remarks>
/// A flush for each message and client is what a large room costs most, and while thousands are flushed, others speak. No time is waited: a sweep that is asked for begins
/// behind other work, and goes on behind it after every <see cref="ClientsAtOnce"/>. Where much waits for a client, whoever wrote it flushes it himself.
/// </remarks>
internal sealed class RoomSweep : IThreadPoolWorkItem
{
    /// <summary>How many clients make a sweep worth while.</summary>
    internal const int MinClients = 32;

    private const int ClientsAtOnce = 2048;
    private readonly Lock _gate = new();
    private OccupantSession[] _clients = [];
    private OccupantSession[]? _next;
    private int _swept;
    private bool _isUnderWay;

    /// <summary>Flushes these clients soon.</summary>
    internal void Begin(OccupantSession[] clients)
    {
        lock (_gate)
        {
            // Who was in the array before and is not any more was told that he left, and got what waited with that; or he is gone, and his stream's end sends it.
            _next = clients;
            if (_isUnderWay)
            {
                return;
            }

            _isUnderWay = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_swept == _clients.Length)
        {
            TakeNext();
        }

        var end = Math.Min(_clients.Length, _swept + ClientsAtOnce);
        foreach (var client in _clients.AsSpan(_swept..end))
        {
            client.Local?.Output.Sweep();
        }

        _swept = end;
        if (_swept < _clients.Length || GoesOn())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void TakeNext()
    {
        lock (_gate)
        {
            (_clients, _next, _swept) = (_next ?? [], null, 0);
        }
    }

    // Whether it was asked for again meanwhile. Who has left is not held on to.
    private bool GoesOn()
    {
        lock (_gate)
        {
            if (_next is null)
            {
                (_clients, _swept, _isUnderWay) = ([], 0, false);
            }

            return _isUnderWay;
        }
    }
}
