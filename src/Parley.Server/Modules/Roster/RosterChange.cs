using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>A change of one roster entry.</summary>
/// <param name="Item">The entry as it is to be.</param>
/// <param name="Push">Whether the interested resources are told (RFC 6121 §2.1.6).</param>
internal sealed record RosterChange(RosterItem Item, bool Push)
{
    /// <summary>What the interested resources get before the push, or null.</summary>
    internal Action? BeforePush { get; init; }
}

/// <summary>Decides on a change, the account's lock being held; null for none. To refuse, throws a stanza exception.</summary>
/// <param name="roster">The roster as it is.</param>
/// <param name="item">The contact's entry, or null.</param>
internal delegate RosterChange? RosterEdit(RosterSnapshot roster, RosterItem? item);
