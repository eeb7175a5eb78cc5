using System.Collections.Immutable;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Blocking;
using Parley.Server.Modules.Roster;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Presence;

/// <summary>Takes presence to those who may have it: one payload, an open tag for each.</summary>
/// <remarks>What the account has blocked gets nothing (XEP-0191 §3.3); what has blocked the account takes nothing, which is seen to at <see cref="Stage.PreRoute"/>.</remarks>
internal sealed class PresenceBroadcast(SessionDirectory sessions, IBlockLists blocks, Lazy<StanzaRouter> router)
{
    private SessionSlot<DirectedPresence> _directed = null!;

    internal void Configure(SessionSlot<DirectedPresence> directed) => _directed = directed;

    /// <summary>The sessions of an account.</summary>
    internal ImmutableArray<ClientSession> Sessions(Jid account) => sessions.Find(account)?.All ?? [];

    /// <summary>Sends presence to every contact with a subscription from the account.</summary>
    internal async ValueTask ToSubscribersAsync(
        Jid account, RosterSnapshot roster, Stanza presence, ClientSession sender, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var item in roster.Items)
        {
            if (item.Subscription is Subscription.From or Subscription.Both)
            {
                await SendAsync(account, item.Contact, presence, sender, flush, cancellationToken);
            }
        }
    }

    /// <summary>Delivers presence to the account's own available resources.</summary>
    internal void ToOwn(Jid account, Stanza presence, FlushSet flush)
    {
        foreach (var session in Sessions(account))
        {
            if (session.IsAvailable)
            {
                session.Deliver(presence, presence.From, account, flush);
            }
        }
    }

    /// <summary>Sends a contact the presence of every available resource.</summary>
    internal async ValueTask AnnounceAsync(Jid account, Jid contact, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var session in Sessions(account))
        {
            if (session.Presence is { } presence)
            {
                await SendAsync(account, contact, presence, null, flush, cancellationToken);
            }
        }
    }

    /// <summary>Tells a contact that every available resource is unavailable.</summary>
    internal async ValueTask WithdrawAsync(Jid account, Jid contact, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var session in Sessions(account))
        {
            if (session.IsAvailable)
            {
                await SendAsync(account, contact, Unavailable(session.Jid), null, flush, cancellationToken);
            }
        }
    }

    /// <summary>Tells those to whom a session directed its presence, and whom it is to be kept from now on, that it is unavailable.</summary>
    internal async ValueTask WithdrawDirectedAsync(ClientSession session, Func<Jid, bool> from, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var to in session.Get(_directed)?.Take(from) ?? [])
        {
            await SendAsync(session.Account.Account, to, Unavailable(session.Jid), null, flush, cancellationToken);
        }
    }

    /// <summary>Sends presence to an address, unless the account has blocked that.</summary>
    internal async ValueTask SendAsync(
        Jid account, Jid to, Stanza presence, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        if (!await blocks.IsBlockedAsync(account, to, cancellationToken))
        {
            await router.Value.RouteAsync(presence.WithAddresses(presence.From, to), sender, flush, cancellationToken);
        }
    }

    /// <summary>What the server says for a resource that cannot (RFC 6121 §4.5.2).</summary>
    internal static Stanza Unavailable(Jid resource) => Stanza.Create(StanzaKind.Presence, StanzaType.Unavailable, resource, null);
}
