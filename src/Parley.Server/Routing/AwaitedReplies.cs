using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;

namespace Parley.Server.Routing;

/// <summary>What is done with the reply to a request that the server has sent; null when none came in time.</summary>
internal delegate ValueTask ReplyHandler(Stanza? reply, FlushSet flush, CancellationToken cancellationToken);

/// <summary>The replies that the server itself waits for, by ids that nobody guesses.</summary>
/// <remarks>10,000 at most, each for 60 seconds.</remarks>
internal sealed class AwaitedReplies : IHeartbeatTarget
{
    private const int Limit = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ConcurrentDictionary<string, Awaited> _awaited = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    public AwaitedReplies(Heartbeat heartbeat, TimeProvider time)
    {
        _time = time;
        heartbeat.Add(this);
    }

    /// <summary>Waits for a reply.</summary>
    /// <param name="from">Who is to reply.</param>
    /// <param name="to">To whom.</param>
    /// <param name="handler">What is done then; throws nothing.</param>
    /// <returns>The id for the request.</returns>
    /// <exception cref="StanzaException">resource-constraint: too many are awaited.</exception>
    internal string Add(Jid from, Jid to, ReplyHandler handler)
    {
        if (_awaited.Count >= Limit)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "Too many requests wait for their replies.");
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _awaited[id] = new Awaited(from, to, handler, _time.GetTimestamp());
        return id;
    }

    /// <summary>Waits no more: the request was not sent after all.</summary>
    internal void Remove(string id) => _awaited.TryRemove(id, out _);

    /// <summary>Whether a stanza is such a reply; it is awaited no more.</summary>
    internal bool TryTake(Stanza stanza, [NotNullWhen(true)] out ReplyHandler? handler)
    {
        handler = null;
        if (_awaited.IsEmpty || stanza.Kind != StanzaKind.Iq || stanza.IsRequest || stanza.IdText is not { } id
            || !_awaited.TryGetValue(id, out var awaited) || !awaited.From.Equals(stanza.From) || !awaited.To.Equals(stanza.To) || !_awaited.TryRemove(id, out _))
        {
            return false;
        }

        handler = awaited.Handler;
        return true;
    }

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        foreach (var (id, awaited) in _awaited)
        {
            if (_time.GetElapsedTime(awaited.Since, timestamp) >= Patience && _awaited.TryRemove(id, out _))
            {
                _ = ExpireAsync(awaited);
            }
        }
    }

    private static async Task ExpireAsync(Awaited awaited)
    {
        var flush = new FlushSet();
        await awaited.Handler(null, flush, CancellationToken.None);
        flush.Flush();
    }

    private sealed record Awaited(Jid From, Jid To, ReplyHandler Handler, long Since);
}
