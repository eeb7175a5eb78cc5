namespace Parley.Load.Scenarios;

/// <summary>
/// How many messages a side may send because earlier ones are not in flight any more: those that were delivered or, where
/// <paramref name="untilAcked"/> holds, delivered and acknowledged.
/// </summary>
internal sealed class InFlight(bool untilAcked)
{
    private readonly Lock _gate = new();
    private long _delivered;
    private long _acknowledged;
    private long _ended;

    public int Deliver(int count) => untilAcked ? End(count, 0) : count;

    public int Acknowledge(int count) => untilAcked ? End(0, count) : 0;

    private int End(int delivered, int acknowledged)
    {
        lock (_gate)
        {
            _delivered += delivered;
            _acknowledged += acknowledged;
            var ended = Math.Min(_delivered, _acknowledged);
            var count = (int)(ended - _ended);
            _ended = ended;
            return count;
        }
    }
}
