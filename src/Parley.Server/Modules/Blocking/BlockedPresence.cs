using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Modules.Presence;
using Parley.Server.Modules.Roster;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Blocking;

/// <summary>What contacts see of a block: the account goes away when it is made, and is back when it is lifted (XEP-0191 §3.3, §3.4).</summary>
/// <remarks>
/// Only for contacts that the roster lets have the account's presence, and, when it goes, for those to whom it was directed. Presence does not leave for whoever is
/// blocked at that time: to be called before a block is made, and after it is lifted.
/// </remarks>
internal sealed class BlockedPresence(IRosterQuery rosters, PresenceBroadcast broadcast)
{
    /// <summary>Tells the contacts among <paramref name="blocked"/> that every resource is unavailable; and whoever else has directed presence of a resource.</summary>
    internal async ValueTask LeaveAsync(Jid account, BlockList blocked, FlushSet flush, CancellationToken cancellationToken)
    {
        var subscribers = await SubscribersAsync(account, blocked, cancellationToken);
        foreach (var contact in subscribers)
        {
            await broadcast.WithdrawAsync(account, contact, flush, cancellationToken);
        }

        foreach (var session in broadcast.Sessions(account))
        {
            await broadcast.WithdrawDirectedAsync(session, IsToldHere, flush, cancellationToken);

            bool IsToldHere(Jid to) => blocked.Blocks(to) && !(session.IsAvailable && subscribers.Any(to.BareEquals));
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
