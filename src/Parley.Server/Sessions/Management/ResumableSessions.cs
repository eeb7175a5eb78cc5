using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Server.Connections;

namespace Parley.Server.Sessions.Management;

/// <summary>The sessions that a client may resume, by the id that it was given; those without a connection end here when their time is up (XEP-0198 §5).</summary>
/// <remarks>Of the last 10,000 that ended, how many stanzas each had handled is remembered: a client that comes too late learns what has to be sent again.</remarks>
public sealed class ResumableSessions : IHeartbeatTarget, IDisposable
{
    private const int MaxEnded = 10_000;
    private readonly ConcurrentDictionary<string, ClientSession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Ended> _ended = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _endedInOrder = new();
    private readonly ConcurrentDictionary<Task, byte> _ending = new();
    private readonly Heartbeat _heartbeat;

    public ResumableSessions(Heartbeat heartbeat)
    {
        _heartbeat = heartbeat;
        heartbeat.Add(this);
    }

    /// <summary>The sessions without a connection.</summary>
    internal IEnumerable<ClientSession> Detached => _sessions.Values.Where(static session => session.IsDetached);

    public void OnHeartbeat(long timestamp)
    {
        foreach (var (_, session) in _sessions)
        {
            if (session.IsExpired(timestamp))
            {
                End(session);
            }
        }
    }

    public void Dispose() => _heartbeat.Remove(this);

    /// <summary>Ends a session without a connection beside whatever else is done.</summary>
    internal void End(ClientSession session)
    {
        var ending = session.EndAsync();
        if (!ending.IsCompleted)
        {
            _ending.TryAdd(ending, 0);
            _ = ending.ContinueWith(ended => _ending.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Completes when all that is kept for the sessions that are just being ended has found another end.</summary>
    internal Task AllEndedAsync() => Task.WhenAll(_ending.Keys);

    internal void Add(ClientSession session) => _sessions.TryAdd(session.ResumptionId!, session);

    internal void Remove(ClientSession session)
    {
        if (!_sessions.TryRemove(session.ResumptionId!, out _))
        {
            return;
        }

        _ended[session.ResumptionId!] = new Ended(session.Account.Account, session.HandledCount);
        _endedInOrder.Enqueue(session.ResumptionId!);
        while (_ended.Count > MaxEnded && _endedInOrder.TryDequeue(out var oldest))
        {
            _ended.TryRemove(oldest, out _);
        }
    }

    /// <summary>The session of an account that has this id; null when there is none, as for another account's id.</summary>
    internal ClientSession? Find(string id, Jid account) =>
        _sessions.TryGetValue(id, out var session) && session.Account.Account.Equals(account) ? session : null;

    /// <summary>How many stanzas of the client a session had handled that ended; null when it is not remembered.</summary>
    internal uint? LastCount(string id, Jid account) => _ended.TryGetValue(id, out var ended) && ended.Account.Equals(account) ? ended.Handled : null;

    private readonly record struct Ended(Jid Account, uint Handled);
}
