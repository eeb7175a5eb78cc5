namespace Parley.Load.Scenarios;

/// <summary>Watches that numbers from 0 on arrive once each and in order.</summary>
internal sealed class ArrivalOrder
{
    private readonly HashSet<long> _skipped = [];
    private long _expected;
    private long _distinct;

    /// <summary>How many distinct numbers arrived; may be read from any thread.</summary>
    public long Distinct => Interlocked.Read(ref _distinct);

    public long Doubled { get; private set; }

    public long OutOfOrder { get; private set; }

    /// <summary>False where the number was there before.</summary>
    public bool Accept(long number)
    {
        if (number < _expected && !_skipped.Remove(number))
        {
            Doubled++;
            return false;
        }

        if (number < _expected)
            OutOfOrder++;
        while (_expected < number)
            _skipped.Add(_expected++);
        if (number == _expected)
            _expected++;
        Interlocked.Increment(ref _distinct);
        return true;
    }
}
