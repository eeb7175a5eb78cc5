using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>The state of the presence subscription between an account and a contact (RFC 6121 §2.1.2.5).</summary>
public enum Subscription : byte
{
    None,
    To,
    From,
    Both,
    /// <summary>The item is gone: sent in roster pushes, kept as a tombstone for roster versioning (XEP-0237).</summary>
    Remove,
}

/// <summary>One roster entry with its subscription sub-states (RFC 6121 §2.1.2, §3.1, appendix A).</summary>
/// <param name="Contact">The contact's address as the roster names it.</param>
/// <param name="Name">The handle that the user gave, or null.</param>
/// <param name="Subscription">The subscription as the client sees it.</param>
/// <param name="Ask">True while an outbound subscription request is pending ("Pending Out", <c>ask='subscribe'</c>).</param>
/// <param name="Approved">True when the user has pre-approved a subscription (RFC 6121 §3.4).</param>
/// <param name="Groups">The groups that the user put the contact in.</param>
/// <param name="PendingIn">The stored <c>&lt;presence type='subscribe'/&gt;</c> of the contact that awaits an answer, or null ("Pending In", RFC 6121 §3.1.3).</param>
/// <param name="InRoster">False for an entry that only holds a pending inbound request: the client is not shown it (RFC 6121 §A.2.1 "None + Pending In").</param>
/// <param name="Version">The roster's version at which this entry last changed.</param>
public sealed record RosterItem(
    Jid Contact,
    string? Name,
    Subscription Subscription,
    bool Ask,
    bool Approved,
    IReadOnlyList<string> Groups,
    ReadOnlyMemory<byte> PendingIn,
    bool InRoster,
    long Version);

/// <summary>The rosters of accounts (RFC 6121 §2). Each change raises the roster's version by one, in the transaction that makes it.</summary>
public interface IRosterStore
{
    /// <summary>All entries, those that only hold a pending request and the tombstones of removed ones included, with the roster's version (0 for one that never changed), in no particular order.</summary>
    ValueTask<(long Version, IReadOnlyList<RosterItem> Items)> LoadAsync(Jid account, CancellationToken cancellationToken);

    /// <summary>Inserts or replaces an entry (its <see cref="RosterItem.Version"/> is ignored) and returns the entry's new version. Durable when the task completes.</summary>
    /// <remarks>An entry with <see cref="Subscription.Remove"/> is kept as a tombstone; of more than <see cref="RosterTombstones.Kept"/> the oldest are forgotten, see there for the consequence.</remarks>
    /// <exception cref="AccountNotFoundException">There is no such account.</exception>
    ValueTask<long> SetAsync(Jid account, RosterItem item, CancellationToken cancellationToken);

    /// <summary>Forgets an entry without a trace: for pending requests that were never in the roster. Does not change the version. Durable when the task completes.</summary>
    ValueTask DeleteAsync(Jid account, Jid contact, CancellationToken cancellationToken);
}
