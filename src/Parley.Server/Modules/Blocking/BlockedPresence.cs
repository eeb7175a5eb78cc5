using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Roster;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Blocking;

/// <summary>What contacts see of a block: the account goes away when it is made, and is back when it is lifted (XEP-0191 §3.3, §3.4).</summary>
/// <remarks>Only for contacts that the roster lets have the account's presence; to all others there is nothing to tell.</remarks>
internal sealed class BlockedPresence(IRosterQuery rosters, SessionDirectory sessions, Lazy<StanzaRouter> router)
{
    /// <summary>Tells the contacts among <paramref name="blocked"/>, but for those whom <paramref name="before"/> blocks already, that every resource is unavailable.</summary>
    internal ValueTask LeaveAsync(Jid account, BlockList blocked, BlockList before, FlushSet flush, CancellationToken cancellationToken) =>
        SendAsync(account, blocked, before, static presence => Stanza.Create(StanzaKind.Presence, StanzaType.Unavailable, presence.From, null), flush, cancellationToken);

    /// <summary>Sends the contacts among <paramref name="unblocked"/>, but for those whom <paramref name="after"/> still blocks, the present presence of every resource.</summary>
    internal ValueTask ReturnAsync(Jid account, BlockList unblocked, BlockList after, FlushSet flush, CancellationToken cancellationToken) =>
        SendAsync(account, unblocked, after, static presence => presence, flush, cancellationToken);

    private async ValueTask SendAsync(
        Jid account, BlockList items, BlockList except, Func<Stanza, Stanza> what, FlushSet flush, CancellationToken cancellationToken)
    {
        var available = (sessions.Find(account)?.All ?? []).Where(static session => session.IsAvailable).ToArray();
        if (available.Length == 0)
        {
            return;
        }

        var roster = await rosters.ContactsAsync(account, cancellationToken);
        var subscribers = roster.Where(static item => item.Subscription is Subscription.From or Subscription.Both);
        foreach (var contact in subscribers.SelectMany(item => Matched(item.Contact, items)).Where(contact => !except.Blocks(contact)))
        {
            foreach (var session in available)
            {
                if (session.Presence is { } presence)
                {
                    await router.Value.RouteAsync(what(presence).WithAddresses(session.Jid, contact), null, flush, cancellationToken);
                }
            }
        }
    }

    // The contact, where it is blocked itself or with its domain; of a contact with a blocked resource, that resource.
    private static IEnumerable<Jid> Matched(Jid contact, BlockList items) =>
        items.Blocks(contact) ? [contact] : items.Items.Where(item => item.HasResource && item.BareEquals(contact));
}
