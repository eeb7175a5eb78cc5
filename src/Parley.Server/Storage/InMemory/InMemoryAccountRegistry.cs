using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

/// <summary>The accounts that all in-memory stores share, by bare address.</summary>
internal sealed class InMemoryAccountRegistry
{
    private readonly ConcurrentDictionary<Jid, InMemoryAccount> _accounts = new();

    public IEnumerable<Jid> Addresses => _accounts.Keys;

    public bool TryAdd(Jid address, InMemoryAccount account) => _accounts.TryAdd(address.Bare, account);

    public bool TryGet(Jid address, [NotNullWhen(true)] out InMemoryAccount? account) => _accounts.TryGetValue(address.Bare, out account);

    public bool Remove(Jid address) => _accounts.TryRemove(address.Bare, out _);

    /// <summary>The highest of some ids that each account has in order; 0 when there is none.</summary>
    public long Highest(Func<InMemoryAccount, IEnumerable<long>> ids)
    {
        long highest = 0;
        foreach (InMemoryAccount account in _accounts.Values)
        {
            lock (account)
                highest = Math.Max(highest, ids(account).LastOrDefault());
        }

        return highest;
    }
}
