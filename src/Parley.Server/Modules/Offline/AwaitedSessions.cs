using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Offline;

/// <summary>The accounts for which something is stored while those who would take it have no connection, and may come back: what comes for them is stored behind it.</summary>
/// <remarks>If it waited with those sessions, it would overtake. One entry an account, until somebody has taken all that is stored.</remarks>
internal sealed class AwaitedSessions(SessionDirectory sessions)
{
    private readonly ConcurrentDictionary<Jid, bool> _accounts = new();

    /// <summary>Something is in the store for an account, and nobody is connected who takes messages.</summary>
    internal void Add(Jid account)
    {
        if (sessions.Find(account)?.AnyReceptive() == true)
        {
            _accounts[account] = true;
        }
    }

    /// <summary>Nothing is stored any more.</summary>
    internal void Remove(Jid account) => _accounts.TryRemove(account, out _);

    /// <summary>Whether a message would be given to such sessions alone.</summary>
    internal bool AreTargetsOf(Delivery arriving)
    {
        var account = arriving.RecipientAccount!;
        if (!_accounts.ContainsKey(account) || !OfflineContent.IsKept(arriving.Stanza))
        {
            return false;
        }

        var all = sessions.Find(account)?.All ?? [];
        var targets = MessageTargets.Of(arriving.Stanza, all);
        var isAny = false;
        foreach (var session in all)
        {
            if (targets.Contains(session))
            {
                if (session.IsConnected)
                {
                    return false;
                }

                isAny = true;
            }
        }

        return isAny;
    }
}
