namespace Parley.Server.Tests.Storage.Faults;

/// <summary>Counts the operations of a store, and says which fail.</summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private FaultKind _kind;
    private bool _isArmed;
    private int _from;
    private int _to;
    private int _met;
    private int _failed;

    /// <summary>How many operations were met since it was armed.</summary>
    public int Met
    {
        get
        {
            lock (_gate)
                return _met;
        }
    }

    /// <summary>How many of them failed.</summary>
    public int Failed
    {
        get
        {
            lock (_gate)
                return _failed;
        }
    }

    /// <summary>From here on operations are counted from 1, and those from one number to another, both included, fail.</summary>
    public void Arm(FaultKind kind, int from, int to)
    {
        lock (_gate)
            (_isArmed, _kind, _from, _to, _met, _failed) = (true, kind, from, to, 0, 0);
    }

    /// <summary>Nothing fails any more.</summary>
    public void Disarm()
    {
        lock (_gate)
            _isArmed = false;
    }

    /// <summary>An operation is about to be carried out.</summary>
    /// <exception cref="InjectedFault">It fails.</exception>
    internal void Meet(FaultyConnection? connection)
    {
        if (!IsNext(isCommitted: false, out FaultKind kind))
            return;
        if (kind == FaultKind.ConnectionLost)
            connection?.Lose();
        throw new InjectedFault();
    }

    /// <summary>A commit has been carried out.</summary>
    /// <exception cref="InjectedFault">Nobody is to hear of that.</exception>
    internal void MeetCommitted()
    {
        if (IsNext(isCommitted: true, out _))
            throw new InjectedFault();
    }

    private bool IsNext(bool isCommitted, out FaultKind kind)
    {
        lock (_gate)
        {
            kind = _kind;
            if (!_isArmed || isCommitted != (kind == FaultKind.CommittedUnheard))
                return false;
            _met++;
            bool fails = _met >= _from && _met <= _to;
            if (fails)
                _failed++;
            return fails;
        }
    }
}
