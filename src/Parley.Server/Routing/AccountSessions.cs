using System.Collections.Immutable;
using Parley.Protocol.Addressing;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>The bound resources of one account: an immutable snapshot, replaced under the account's own lock.</summary>
public sealed class AccountSessions(Jid account)
{
    private readonly Lock _gate = new();
    private ImmutableArray<ClientSession> _all = [];
    private bool _retired;

    /// <summary>The bare JID.</summary>
    public Jid Account { get; } = account;

    /// <summary>All sessions, in the order in which they were bound.</summary>
    public ImmutableArray<ClientSession> All => _all;

    /// <summary>The session of a resource, or null.</summary>
    public ClientSession? Find(Jid full)
    {
        foreach (var session in _all)
        {
            if (session.Jid.Equals(full))
            {
                return session;
            }
        }

        return null;
    }

    /// <summary>Whether any resource is available.</summary>
    public bool AnyAvailable()
    {
        foreach (var session in _all)
        {
            if (session.IsAvailable)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether any resource takes messages for the account.</summary>
    internal bool AnyReceptive()
    {
        foreach (var session in _all)
        {
            if (session.IsReceptive)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds a session. False when the object was retired in the meantime, or the account has <paramref name="limit"/> others.</summary>
    internal AddResult TryAdd(ClientSession session, int limit, out ClientSession? replaced)
    {
        lock (_gate)
        {
            replaced = Find(session.Jid);
            if (_retired)
            {
                return AddResult.Retired;
            }

            if (replaced is null && _all.Length >= limit)
            {
                return AddResult.Full;
            }

            _all = (replaced is null ? _all : _all.Remove(replaced)).Add(session);
            return AddResult.Added;
        }
    }

    /// <summary>Takes a session out. True when it was there and the last one: the object is then retired.</summary>
    internal bool Remove(ClientSession session, out bool wasThere)
    {
        lock (_gate)
        {
            var rest = _all.Remove(session);
            wasThere = rest.Length < _all.Length;
            _all = rest;
            return _retired = rest.IsEmpty;
        }
    }

    internal enum AddResult
    {
        Added,
        Full,
        Retired,
    }
}
