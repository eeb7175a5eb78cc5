using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Blocking;
using Parley.Server.Modules.Roster;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Presence;

/// <summary>Asks for the presence of contacts, and answers those who ask (RFC 6121 §4.3).</summary>
internal sealed class PresenceProbes(
    Rosters rosters,
    SessionDirectory sessions,
    DomainTable domains,
    IBlockLists blocks,
    ILastActivityStore activities,
    TimeProvider time,
    Lazy<StanzaRouter> router)
{
    private SessionSlot<DirectedPresence> _directed = null!;

    internal void Configure(SessionSlot<DirectedPresence> directed) => _directed = directed;

    /// <summary>Asks, on behalf of a resource that has become available, for the presence of the contacts that the account is subscribed to.</summary>
    /// <remarks>A local contact without an available resource is not asked: that is known already.</remarks>
    internal async ValueTask SendAsync(ClientSession session, RosterSnapshot roster, FlushSet flush, CancellationToken cancellationToken)
    {
        Stanza? probe = null;
        foreach (var item in roster.Items)
        {
            if (item.Subscription is Subscription.To or Subscription.Both
                && !IsKnownAbsent(item.Contact)
                && !await blocks.IsBlockedAsync(session.Account.Account, item.Contact, cancellationToken))
            {
                probe ??= Stanza.Create(StanzaKind.Presence, StanzaType.Probe, session.Jid, null);
                await router.Value.RouteAsync(probe.WithAddresses(session.Jid, item.Contact), null, flush, cancellationToken);
            }
        }
    }

    /// <summary>Answers a probe. Whoever may not have the presence learns nothing, not even whether the account exists (§4.3.2, §11.3).</summary>
    internal async ValueTask AnswerAsync(Stanza probe, FlushSet flush, CancellationToken cancellationToken)
    {
        if (probe.From is not { } prober)
        {
            return;
        }

        var to = probe.To!;
        var isSubscriber = await rosters.IsVisibleAsync(to.Bare, prober, cancellationToken);
        var isAnswered = false;
        foreach (var session in sessions.Find(to.Bare)?.All ?? [])
        {
            if (session.Presence is { } presence
                && (to.IsBare || session.Jid.Equals(to))
                && (isSubscriber || session.Get(_directed)?.Includes(prober) == true))
            {
                isAnswered = true;
                await router.Value.RouteAsync(presence.WithAddresses(session.Jid, prober), null, flush, cancellationToken);

                // Whoever comes online gets all at once, as much as its contacts like to say.
                await flush.RelieveAsync(time, cancellationToken);
            }
        }

        if (!isAnswered)
        {
            var reply = isSubscriber
                ? await UnavailableAsync(to, prober, cancellationToken)
                : Stanza.Create(StanzaKind.Presence, StanzaType.Unsubscribed, to.Bare, prober.Bare);
            await router.Value.RouteAsync(reply, null, flush, cancellationToken);
        }
    }

    private bool IsKnownAbsent(Jid contact) =>
        domains.TryFind(contact.DomainJid, out var target) && target.HasAccounts && sessions.Find(contact)?.AnyAvailable() != true;

    // With the words that the account left with, and when (§4.3.2).
    private async ValueTask<Stanza> UnavailableAsync(Jid account, Jid prober, CancellationToken cancellationToken)
    {
        var last = account.IsBare && sessions.Find(account) is null ? await activities.GetAsync(account, cancellationToken) : null;
        return Stanza.Create(StanzaKind.Presence, StanzaType.Unavailable, account, prober, null, last is null ? null : writer =>
        {
            if (last.Status is not null)
            {
                writer.Element("status", Namespaces.Client, last.Status);
            }

            new DelayedDelivery(last.At).WriteTo(writer);
        });
    }
}
