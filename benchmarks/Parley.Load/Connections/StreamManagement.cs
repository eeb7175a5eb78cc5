using System.Buffers.Text;
using Parley.Load.Measurement;

namespace Parley.Load.Connections;

/// <summary>
/// A client's side of stream management (XEP-0198) once it is enabled: what it handled, and which of its own stanzas the
/// server has not acknowledged yet. Counters wrap at 2^32, as h does.
/// </summary>
internal sealed class StreamManagement
{
    private readonly Queue<long> _unacknowledged = new();
    private uint _acknowledged;

    /// <summary>How many stanzas the client has handled: the h that it answers with.</summary>
    public uint Handled { get; private set; }

    public int Unacknowledged => _unacknowledged.Count;

    /// <summary>How often the server acknowledged more than was sent, or less than before.</summary>
    public long WrongAcknowledgements { get; private set; }

    /// <summary>Finds h in an acknowledgement; false where there is none.</summary>
    public static bool TryReadCount(ReadOnlySpan<byte> element, out uint count)
    {
        var at = element.IndexOf(" h="u8);
        count = 0;
        return at >= 0 && at + 4 < element.Length && Utf8Parser.TryParse(element[(at + 4)..], out count, out _);
    }

    public void Handle() => Handled++;

    /// <summary>Takes note of a stanza that is sent, with the time to measure its acknowledgement from; 0 for one that is not measured.</summary>
    public void Send(long stamp) => _unacknowledged.Enqueue(stamp);

    /// <summary>Takes the server's h; returns how many measured stanzas it covers that none before did.</summary>
    /// <param name="count">The server's h.</param>
    /// <param name="now">When it arrived.</param>
    /// <param name="latency">Where to record how long each waited; null outside of the measured time.</param>
    public int Acknowledge(uint count, long now, LatencyHistogram? latency)
    {
        var fresh = unchecked(count - _acknowledged);
        if (fresh > _unacknowledged.Count)
        {
            WrongAcknowledgements++;
            return 0;
        }

        _acknowledged = count;
        var measured = 0;
        for (; fresh > 0; fresh--)
        {
            var stamp = _unacknowledged.Dequeue();
            if (stamp == 0)
                continue;
            measured++;
            latency?.RecordTicks(now - stamp);
        }

        return measured;
    }
}
