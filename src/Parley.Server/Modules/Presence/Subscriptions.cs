using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Modules.Blocking;
using Parley.Server.Modules.Roster;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Presence;

/// <summary>Moves presence subscriptions along: the accounts' rosters, their resources, and the contacts (RFC 6121 §3).</summary>
/// <remarks>
/// An account keeps 1,000 requests that await an answer, of 256 KiB together; of more it does not hear. A request of more than 8 KiB is kept
/// without its payload. Where a store fails between the two rosters, the sender gets the error, and the same stanza passes again.
/// </remarks>
internal sealed class Subscriptions(
    Rosters rosters,
    RosterPushes resources,
    PresenceBroadcast broadcast,
    SessionDirectory sessions,
    DomainTable domains,
    IAccountStore accounts,
    IBlockLists blocks,
    Lazy<StanzaRouter> router,
    IOptions<XmppServerOptions> options) : ISubscriptionCancellation
{
    private const int MaxPending = 1000;
    private const int MaxPendingBytes = 256 * 1024;
    private const int MaxRequestBytes = 8 * 1024;
    private const int MaxOwed = 10_000;

    // What the user's roster says already, and the contact may not have heard because a store failed: the same stanza passes once more.
    private readonly ConcurrentDictionary<(Jid Account, Jid Contact), StanzaType> _owed = new();
    private readonly int _maxItems = options.Value.MaxRosterItems;

    /// <summary>A user's client sends a subscription stanza (§3.1.2, §3.1.5, §3.2.2, §3.3.2, §3.4.2).</summary>
    /// <exception cref="StanzaException">bad-request: there is no recipient; not-allowed: it is the sender; resource-constraint: the roster is full.</exception>
    internal async ValueTask SendAsync(ClientSession session, Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        var account = session.Account.Account;
        var contact = stanza.To?.Bare ?? throw new StanzaException(StanzaErrorCondition.BadRequest, "A subscription needs a 'to'.");
        if (contact.Equals(account))
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed, "Nobody subscribes to themselves.");
        }

        var before = SubscriptionState.None;
        var step = default(SubscriptionStep);
        var isOwed = _owed.TryRemove((account, contact), out var owed) && owed == stanza.Type;
        try
        {
            await rosters.ChangeAsync(
                account,
                contact,
                flush,
                (roster, item) =>
                {
                    before = item.State();
                    step = SubscriptionStates.Outbound(stanza.Type, before);
                    return Outbound(roster, item, contact, stanza.Type, before, step);
                },
                cancellationToken);
        }
        catch (StorageException)
        {
            Owe(account, contact, stanza.Type, isOwed || step.Passes);
            throw;
        }

        // While the contact still is a subscriber (§3.2.2).
        if (stanza.Type == StanzaType.Unsubscribed && before.HasFlag(SubscriptionState.From))
        {
            await broadcast.WithdrawAsync(account, contact, flush, cancellationToken);
        }

        var passes = isOwed || step.Passes;
        if (passes && !await router.Value.TryRouteAsync(stanza.WithAddresses(account, contact), session, flush, cancellationToken))
        {
            Owe(account, contact, stanza.Type, true);
        }
        else if (stanza.Type == StanzaType.Subscribed && passes)
        {
            await broadcast.AnnounceAsync(account, contact, flush, cancellationToken);
        }
    }

    // Bounded; beyond that the user's client has to ask anew.
    private void Owe(Jid account, Jid contact, StanzaType type, bool isOwed)
    {
        if (isOwed && _owed.Count < MaxOwed)
        {
            _owed[(account, contact)] = type;
        }
    }

    /// <summary>A contact's subscription stanza arrives (§3.1.3, §3.1.6, §3.2.3, §3.3.3). For an account that does not exist nothing happens.</summary>
    internal async ValueTask ReceiveAsync(Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        var account = stanza.To!.Bare;
        if (stanza.From?.Bare is not { } contact || contact.Equals(account) || !await ExistsAsync(account, cancellationToken))
        {
            return;
        }

        var arrived = stanza.WithAddresses(contact, account);
        try
        {
            await (stanza.Type == StanzaType.Subscribe
                ? RequestedAsync(account, contact, arrived, flush, cancellationToken)
                : MovedAsync(account, contact, arrived, flush, cancellationToken));
        }
        catch (AccountNotFoundException)
        {
            // Removed meanwhile: the same silence as for one that never was.
        }
    }

    /// <summary>Delivers the requests that await an answer to a resource that has become available (§3.1.3), but for those of whoever is blocked.</summary>
    internal async ValueTask RemindAsync(ClientSession session, RosterSnapshot roster, FlushSet flush, CancellationToken cancellationToken)
    {
        if (roster.Pending == 0)
        {
            return;
        }

        foreach (var item in roster.Items)
        {
            if (!item.PendingIn.IsEmpty
                && !await blocks.IsBlockedAsync(session.Account.Account, item.Contact, cancellationToken)
                && Stanza.Read(item.PendingIn.Span, StanzaContext.Client()) is { } request)
            {
                session.Deliver(request, flush);
            }
        }
    }

    /// <summary>
    /// Asks the contacts elsewhere again that have not answered, on behalf of a resource that has become available (§3.1.2): a request may be lost on its way to
    /// another domain, or there. Between accounts of this server none is.
    /// </summary>
    internal async ValueTask RenewAsync(ClientSession session, RosterSnapshot roster, FlushSet flush, CancellationToken cancellationToken)
    {
        var account = session.Account.Account;
        foreach (var item in roster.Items)
        {
            if (item.Ask && !IsHere(item.Contact) && !await blocks.IsBlockedAsync(account, item.Contact, cancellationToken))
            {
                var id = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
                var request = Stanza.Create(StanzaKind.Presence, StanzaType.Subscribe, account, item.Contact, id);
                await router.Value.RouteAsync(request, null, flush, cancellationToken);
            }
        }
    }

    public async ValueTask CancelAsync(Jid account, RosterItem removed, FlushSet flush, CancellationToken cancellationToken)
    {
        var contact = removed.Contact;
        var state = removed.State();
        if (state.HasFlag(SubscriptionState.From))
        {
            await broadcast.WithdrawAsync(account, contact, flush, cancellationToken);
        }

        if ((state & (SubscriptionState.To | SubscriptionState.PendingOut)) != SubscriptionState.None)
        {
            await ReplyAsync(StanzaType.Unsubscribe, account, contact, flush, cancellationToken);
        }

        if ((state & (SubscriptionState.From | SubscriptionState.PendingIn)) != SubscriptionState.None)
        {
            await ReplyAsync(StanzaType.Unsubscribed, account, contact, flush, cancellationToken);
        }
    }

    /// <summary>Ends all subscriptions of an account that is being removed.</summary>
    internal async ValueTask CancelAllAsync(Jid account, FlushSet flush, CancellationToken cancellationToken)
    {
        var roster = await rosters.GetAsync(account, cancellationToken);
        await rosters.EmptyAsync(account, cancellationToken);
        foreach (var item in roster.Items)
        {
            await CancelAsync(account, item, flush, cancellationToken);
        }
    }

    private RosterChange? Outbound(
        RosterSnapshot roster, RosterItem? item, Jid contact, StanzaType type, SubscriptionState before, SubscriptionStep step)
    {
        var after = (item ?? RosterItems.New(contact)).In(step.Next);
        if (type == StanzaType.Subscribed && !step.Passes && !before.HasFlag(SubscriptionState.From))
        {
            after = after with { Approved = true, InRoster = true };
        }
        else if (type == StanzaType.Unsubscribed)
        {
            after = after with { Approved = false };
        }

        if (after.InRoster && item?.InRoster != true)
        {
            roster.RequireRoom(item, after, _maxItems);
        }

        return item.To(after);
    }

    private async ValueTask RequestedAsync(Jid account, Jid contact, Stanza request, FlushSet flush, CancellationToken cancellationToken)
    {
        var isGranted = false;
        var isNew = false;
        var isDelivered = false;
        await rosters.ChangeAsync(
            account,
            contact,
            flush,
            (roster, item) =>
            {
                var before = item.State();
                isGranted = before.HasFlag(SubscriptionState.From) || item?.Approved == true;
                if (isGranted)
                {
                    isNew = !before.HasFlag(SubscriptionState.From);
                    return item.To(item!.In((before & ~SubscriptionState.PendingIn) | SubscriptionState.From));
                }

                var step = SubscriptionStates.Inbound(StanzaType.Subscribe, before);
                var kept = Kept(request);
                isDelivered = step.Passes && roster.Pending < MaxPending && roster.PendingBytes + kept.Length <= MaxPendingBytes;
                return isDelivered ? item.To((item ?? RosterItems.New(contact)).In(step.Next, kept)) : null;
            },
            cancellationToken);
        if (isGranted)
        {
            await ReplyAsync(StanzaType.Subscribed, account, contact, flush, cancellationToken);
        }

        if (isNew)
        {
            await broadcast.AnnounceAsync(account, contact, flush, cancellationToken);
        }

        if (isDelivered)
        {
            foreach (var session in broadcast.Sessions(account))
            {
                if (session.IsAvailable)
                {
                    session.Deliver(request, flush);
                }
            }
        }
    }

    private async ValueTask MovedAsync(Jid account, Jid contact, Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        var before = SubscriptionState.None;
        await rosters.ChangeAsync(
            account,
            contact,
            flush,
            (_, item) =>
            {
                before = item.State();
                var step = SubscriptionStates.Inbound(stanza.Type, before);
                return step.Passes ? item.To(item!.In(step.Next)) is { } change
                    ? change with { BeforePush = () => resources.Deliver(account, stanza, flush) }
                    : null : null;
            },
            cancellationToken);
        if (stanza.Type == StanzaType.Unsubscribe && before.HasFlag(SubscriptionState.From))
        {
            await broadcast.WithdrawAsync(account, contact, flush, cancellationToken);
        }
    }

    private ValueTask ReplyAsync(StanzaType type, Jid account, Jid contact, FlushSet flush, CancellationToken cancellationToken) =>
        router.Value.RouteAsync(Stanza.Create(StanzaKind.Presence, type, account, contact), null, flush, cancellationToken);

    private bool IsHere(Jid contact) => domains.TryFind(contact.DomainJid, out var target) && target.HasAccounts;

    private async ValueTask<bool> ExistsAsync(Jid account, CancellationToken cancellationToken) =>
        sessions.Find(account) is not null
        || (await rosters.GetAsync(account, cancellationToken)).Version > 0
        || await accounts.ExistsAsync(account, cancellationToken);

    private static byte[] Kept(Stanza request) => (request.Size <= MaxRequestBytes ? request : request.WithPayload(default)).ToBytes();
}
