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
    private readonly Queue<(InboundSession Session, int Pairs)> _parted = new();
    private int _pairs;

    /// <summary>How many are known; a figure for tests and meters.</summary>
    internal int Count => _sessions.Count;

    internal void Add(InboundSession session) => _sessions.TryAdd(session.Id, session);

    /// <summary>A stream is over, its session not yet.</summary>
    internal void Part(InboundSession session, InboundServerStream from, bool mayBeResumed)
    {
        if (!session.TryPart(from, mayBeResumed))
        {
            return;
        }

        lock (_gate)
        {
            // One that is resumed and lost again is here more than once, and forgotten too early rather than too late.
            _parted.Enqueue((session, session.PairCount));
            _pairs += session.PairCount;
            while (_pairs > MaxPairs && _parted.TryDequeue(out var oldest))
            {
                _pairs -= oldest.Pairs;
                _sessions.TryRemove(oldest.Session.Id, out _);
            }
        }
    }

    /// <summary>The session of this id that a stream may resume; null when there is none, as for another's id.</summary>
    internal InboundSession? Find(string id, InboundServerStream stream) =>
        Known(id, stream) is { } session && !session.IsOver(time.GetTimestamp()) ? session : null;

    /// <summary>How many stanzas were handled of a stream that cannot be resumed any more; null when that is not remembered, as for another's id.</summary>
    internal uint? LastCount(string id, InboundServerStream stream) => Known(id, stream)?.Handled;

    private InboundSession? Known(string id, InboundServerStream stream) =>
        _sessions.TryGetValue(id, out var session) && session.BelongsTo(stream) ? session : null;
}
