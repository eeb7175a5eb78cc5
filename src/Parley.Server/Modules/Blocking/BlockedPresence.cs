using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Modules.Presence;
using Parley.Server.Modules.Roster;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Blocking;

/// <summary>What contacts see of a block: the account goes away when it is made, and is back when it is lifted (XEP-0191 §3.3, §3.4).</summary>
/// <remarks>
/// Only for contacts that the roster lets have the account's presence; to all others there is nothing to tell. Presence does not leave for whoever is
/// blocked at that time: to be called before a block is made, and after it is lifted.
/// </remarks>
internal sealed class BlockedPresence(IRosterQuery rosters, PresenceBroadcast broadcast)
{
    /// <summary>Tells the contacts among <paramref name="blocked"/> that every resource is unavailable.</summary>
    internal async ValueTask LeaveAsync(Jid account, BlockList blocked, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var contact in await SubscribersAsync(account, blocked, cancellationToken))
        {
            await broadcast.WithdrawAsync(account, contact, flush, cancellationToken);
        }
    }

    /// <summary>Sends the contacts among <paramref name="unblocked"/> the present presence of every resource.</summary>
    internal async ValueTask ReturnAsync(Jid account, BlockList unblocked, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var contact in await SubscribersAsync(account, unblocked, cancellationToken))
        {
            await broadcast.AnnounceAsync(account, contact, flush, cancellationToken);
        }
    }

    private async ValueTask<Jid[]> SubscribersAsync(Jid account, BlockList items, CancellationToken cancellationToken) =>
        broadcast.Sessions(account).IsEmpty
            ? []
            : [.. (await rosters.ContactsAsync(account, cancellationToken))
                .Where(static item => item.Subscription is Subscription.From or Subscription.Both)
                .SelectMany(item => Matched(item.Contact, items))];

    // The contact, where it is blocked itself or with its domain; of a contact with a blocked resource, that resource.
    private static IEnumerable<Jid> Matched(Jid contact, BlockList items) =>
        items.Blocks(contact) ? [contact] : items.Items.Where(item => item.HasResource && item.BareEquals(contact));
}
