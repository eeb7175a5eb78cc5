using System.Collections.Concurrent;
using Parley.Protocol.Addressing;

namespace Parley.Server.Modules;

/// <summary>What is kept in memory of the accounts in use, of one kind: to find it mostly costs one look into a dictionary.</summary>
/// <remarks>
/// Bounded: what was used since the last turn of the generations is kept, and what was used in the turn before. What is in memory is never older than the
/// store: whoever changes that forgets the account, and what was read meanwhile is not kept.
/// </remarks>
/// <param name="maxWeight">How much a generation holds.</param>
/// <param name="weigh">How much of that an account takes; always the same for the same value.</param>
internal sealed class AccountCache<T>(int maxWeight, Func<Jid, T, int> weigh)
    where T : class
{
    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<Jid, T> _young = new();
    private volatile ConcurrentDictionary<Jid, T> _old = new();
    private int _weight;
    private long _changes;

    /// <summary>The moment, to be taken before something is read out of the store.</summary>
    internal long Now => Volatile.Read(ref _changes);

    /// <summary>What is in memory of an account; null when nothing is.</summary>
    internal T? Find(Jid account)
    {
        if (_young.TryGetValue(account, out var value) || !_old.ContainsKey(account))
        {
            return value;
        }

        lock (_gate)
        {
            if (!_young.TryGetValue(account, out value) && _old.TryGetValue(account, out value))
            {
                Add(account, value);
            }

            return value;
        }
    }

    /// <summary>Keeps what is in the store, unless that has changed since <paramref name="asOf"/>: then the account is forgotten.</summary>
    internal void Keep(Jid account, T value, long asOf)
    {
        lock (_gate)
        {
            if (_changes == asOf)
            {
                Add(account, value);
            }
            else
            {
                Remove(account);
            }
        }
    }

    /// <summary>Has an account be known by this from now on, whatever the store says.</summary>
    internal void Set(Jid account, T value)
    {
        lock (_gate)
        {
            _changes++;
            Add(account, value);
        }
    }

    /// <summary>Forgets an account, of which something has changed, or may have.</summary>
    internal void Forget(Jid account)
    {
        lock (_gate)
        {
            _changes++;
            Remove(account);
        }
    }

    /// <summary>Forgets everything.</summary>
    internal void Forget()
    {
        lock (_gate)
        {
            _changes++;
            (_young, _old, _weight) = (new(), new(), 0);
        }
    }

    private void Add(Jid account, T value)
    {
        if (_weight >= maxWeight)
        {
            (_old, _young, _weight) = (_young, new(), 0);
        }

        _weight += weigh(account, value) - (_young.TryGetValue(account, out var before) ? weigh(account, before) : 0);
        _young[account] = value;
    }

    private void Remove(Jid account)
    {
        _weight -= _young.TryRemove(account, out var value) ? weigh(account, value) : 0;
        _old.TryRemove(account, out _);
    }
}
