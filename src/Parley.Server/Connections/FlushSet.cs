namespace Parley.Server.Connections;

/// <summary>The connections that a batch of stanzas wrote to: each is flushed once, when the batch is done.</summary>
/// <remarks>Belongs to one logical thread at a time: the read loop of a connection, or the one event that made it.</remarks>
public sealed class FlushSet
{
    private const int KeptCapacity = 16;
    private OutputQueue[] _targets = [];
    private int _count;

    /// <summary>Notes that <paramref name="target"/> was written to.</summary>
    public void Add(OutputQueue target)
    {
        for (var i = _count - 1; i >= 0 && i >= _count - KeptCapacity; i--)
        {
            if (ReferenceEquals(_targets[i], target))
            {
                return;
            }
        }

        if (_count == _targets.Length)
        {
            Array.Resize(ref _targets, Math.Max(2, _count * 2));
        }

        _targets[_count++] = target;
    }

    /// <summary>Flushes every target and forgets them.</summary>
    public void Flush()
    {
        var count = _count;
        _count = 0;
        for (var i = 0; i < count; i++)
        {
            _targets[i].Flush();
            _targets[i] = null!;
        }

        if (_targets.Length > KeptCapacity)
        {
            _targets = [];
        }
    }
}
