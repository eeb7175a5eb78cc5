using Parley.Protocol.Stanzas;

namespace Parley.Server.Federation;

/// <summary>A domain of ours towards another: what waits until the other server takes its stanzas.</summary>
/// <param name="limit">Bytes that may wait.</param>
internal sealed class OutboundPair(int limit)
{
    private List<Stanza> _queued = [];
    private int _bytes;

    /// <summary>Whether the other server takes stanzas of this domain on the stream.</summary>
    internal bool IsProven { get; set; }

    /// <summary>Whether stanzas may be written to the stream: that, and what was not acknowledged on the last one comes before.</summary>
    internal bool IsReady { get; set; }

    /// <summary>Since when the other server has been asked to take them, as a timestamp; null when it has not.</summary>
    internal long? AskedAt { get; set; }

    /// <summary>Why the other server did not take them, until <see cref="RetryAt"/>.</summary>
    internal StanzaError? Refusal { get; set; }

    /// <summary>When it may be asked again, as a timestamp.</summary>
    internal long RetryAt { get; set; }

    /// <summary>Since when something waits here that was sent on a stream that was lost, as a timestamp; null when nothing does.</summary>
    internal long? LostSince { get; set; }

    /// <summary>How often it has refused, one after the other.</summary>
    internal int Refusals { get; set; }

    internal bool HasQueued => _queued.Count > 0;

    /// <summary>Has a stanza wait; false when too much does.</summary>
    internal bool TryQueue(Stanza stanza)
    {
        if (_bytes + stanza.Size > limit && HasQueued)
        {
            return false;
        }

        _bytes += stanza.Size;
        _queued.Add(stanza);
        return true;
    }

    /// <summary>Has stanzas wait again, before all others.</summary>
    internal void PutBack(IEnumerable<Stanza> stanzas)
    {
        Stanza[] returned = [.. stanzas];
        _queued.InsertRange(0, returned);
        _bytes += returned.Sum(static stanza => stanza.Size);
    }

    /// <summary>The stream is gone.</summary>
    internal void Forget()
    {
        IsProven = IsReady = false;
        AskedAt = null;
    }

    internal List<Stanza> TakeQueued()
    {
        var queued = _queued;
        _queued = [];
        _bytes = 0;
        return queued;
    }
}
