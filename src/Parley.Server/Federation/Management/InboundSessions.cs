using System.Collections.Concurrent;

namespace Parley.Server.Federation.Management;

/// <summary>The managed streams of other servers that may be resumed, by their ids, and how much was handled of those that no longer may (XEP-0198 §5).</summary>
/// <remarks>
/// Of those without a connection <see cref="MaxPairs"/> domain pairs are remembered, at some 200 bytes each; beyond, those that lost it first are forgotten: who resumes one of them
/// hears item-not-found, and sends again what it was not told about.
/// </remarks>
internal sealed class InboundSessions(TimeProvider time)
{
    /// <summary>Domain pairs of streams without a connection that are remembered.</summary>
    internal const int MaxPairs = 10_000;

    private readonly ConcurrentDictionary<string, InboundSession> _sessions = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly LinkedList<InboundSession> _parted = new();
    private readonly Dictionary<InboundSession, LinkedListNode<InboundSession>> _places = [];
    private int _pairs;

    /// <summary>How many are known; a figure for tests and meters.</summary>
    internal int Count => _sessions.Count;

    internal void Add(InboundSession session) => _sessions.TryAdd(session.Id, session);

    /// <summary>A stream is over, its session not yet.</summary>
    internal void Part(InboundSession session, InboundServerStream from, bool mayBeResumed)
    {
        lock (_gate)
        {
            if (!session.TryPart(from, mayBeResumed))
            {
                return;
            }

            _places.Add(session, _parted.AddLast(session));
            _pairs += session.PairCount;
            while (_pairs > MaxPairs && _parted.First is { } oldest)
            {
                Unpark(oldest.Value);
                _sessions.TryRemove(oldest.Value.Id, out _);
            }
        }
    }

    /// <summary>A session goes on on another stream: it counts no longer among those without one.</summary>
    /// <returns>False when it is on a stream again, or cannot be resumed any more.</returns>
    internal bool TryAttach(InboundSession session, InboundServerStream next)
    {
        lock (_gate)
        {
            // Whoever has been forgotten meanwhile would never be found again.
            if (!_sessions.ContainsKey(session.Id) || !session.TryAttach(next, next.StartAcknowledging))
            {
                return false;
            }

            Unpark(session);
            return true;
        }
    }

    /// <summary>The session of this id that a stream may resume; null when there is none, as for another's id.</summary>
    internal InboundSession? Find(string id, InboundServerStream stream) =>
        Known(id, stream) is { } session && !session.IsOver(time.GetTimestamp()) ? session : null;

    /// <summary>How many stanzas were handled of a stream that cannot be resumed any more; null when that is not remembered, as for another's id.</summary>
    internal uint? LastCount(string id, InboundServerStream stream) => Known(id, stream)?.Handled;

    private void Unpark(InboundSession session)
    {
        if (_places.Remove(session, out var place))
        {
            _parted.Remove(place);
            _pairs -= session.PairCount;
        }
    }

    private InboundSession? Known(string id, InboundServerStream stream) =>
        _sessions.TryGetValue(id, out var session) && session.BelongsTo(stream) ? session : null;
}
