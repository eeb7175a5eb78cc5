using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>Who is connected: the bound resources of all accounts, by bare JID. No lock spans accounts.</summary>
public sealed class SessionDirectory
{
    private readonly ConcurrentDictionary<Jid, AccountSessions> _accounts = new();

    /// <summary>The sessions of an account, or null when it has none.</summary>
    public AccountSessions? Find(Jid bare) => _accounts.GetValueOrDefault(bare);

    /// <summary>All accounts that have a session.</summary>
    public IEnumerable<AccountSessions> Accounts => _accounts.Values;

    /// <summary>Binds a resource; the session that held the same one is taken out and returned.</summary>
    /// <returns>The session, or null when the account has <paramref name="limit"/> sessions already.</returns>
    internal ClientSession? Bind(ClientStream stream, Jid full, int limit, out ClientSession? replaced)
    {
        while (true)
        {
            var account = _accounts.GetOrAdd(full.Bare, static bare => new AccountSessions(bare));
            var session = new ClientSession(stream, account, full);
            switch (account.TryAdd(session, limit, out replaced))
            {
                case AccountSessions.AddResult.Added:
                    return session;
                case AccountSessions.AddResult.Full:
                    return null;
                default:
                    _accounts.TryRemove(new(full.Bare, account));
                    break;
            }
        }
    }

    /// <summary>Puts back a session that was there before a restart, whatever the limit.</summary>
    internal ClientSession Restore(Func<AccountSessions, ClientSession> read, Jid full)
    {
        // Nobody is connected yet: nothing is retired meanwhile.
        var session = read(_accounts.GetOrAdd(full.Bare, static bare => new AccountSessions(bare)));
        session.Account.TryAdd(session, int.MaxValue, out _);
        return session;
    }

    /// <summary>Takes a session out; false when another has replaced it before.</summary>
    internal bool Remove(ClientSession session)
    {
        if (session.Account.Remove(session, out var wasThere))
        {
            _accounts.TryRemove(new(session.Account.Account, session.Account));
        }

        return wasThere;
    }
}
