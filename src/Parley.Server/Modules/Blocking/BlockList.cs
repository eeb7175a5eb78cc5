using System.Collections.Frozen;
using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Blocking;

/// <summary>The addresses that an account has blocked: an immutable snapshot.</summary>
internal sealed class BlockList
{
    private readonly FrozenSet<Jid> _set;

    private BlockList(IReadOnlyList<Jid> items)
    {
        Items = items;
        _set = items.ToFrozenSet();
    }

    /// <summary>The list of all who block nobody.</summary>
    internal static BlockList Empty { get; } = new([]);

    /// <summary>The addresses, in the order in which they were blocked.</summary>
    internal IReadOnlyList<Jid> Items { get; }

    internal static BlockList Of(IReadOnlyList<Jid> items) => items.Count == 0 ? Empty : new(items);

    /// <summary>Whether an item matches: the address itself, without its resource, or its domain (XEP-0191 §5).</summary>
    internal bool Blocks(Jid other) =>
        Items.Count > 0 && (_set.Contains(other) || (other.HasResource && other.HasLocal && _set.Contains(other.Bare)) || _set.Contains(other.DomainJid));

    internal bool Contains(Jid item) => _set.Contains(item);
}
