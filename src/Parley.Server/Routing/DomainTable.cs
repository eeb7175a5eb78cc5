using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Parley.Protocol.Addressing;

namespace Parley.Server.Routing;

/// <summary>Which domains this process answers for, and what takes their stanzas.</summary>
public sealed class DomainTable
{
    private readonly ConcurrentDictionary<Jid, IDomainTarget> _targets = new();

    /// <summary>The target of a domain that is here.</summary>
    public bool TryFind(Jid domain, [NotNullWhen(true)] out IDomainTarget? target) => _targets.TryGetValue(domain, out target);

    /// <summary>Takes a domain; false when it is taken.</summary>
    public bool TryAdd(Jid domain, IDomainTarget target) => _targets.TryAdd(domain, target);

    /// <summary>Gives a domain up.</summary>
    public bool Remove(Jid domain, IDomainTarget target) => _targets.TryRemove(new(domain, target));
}
