using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Blocking;
using Parley.Server.Modules.Roster;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Presence;

/// <summary>Presence: initial, later and unavailable, broadcast and directed, and what arrives of it (RFC 6121 §4).</summary>
internal sealed class PresenceModule(
    Rosters rosters,
    PresenceBroadcast broadcast,
    PresenceProbes probes,
    Subscriptions subscriptions,
    IBlockLists blocks,
    IEnumerable<IAvailabilityObserver> observers,
    TimeProvider time,
    Lazy<IMessageHold> hold,
    Lazy<ModuleRegistry> registry,
    Lazy<StanzaRouter> router) : IXmppModule
{
    private SessionSlot<DirectedPresence> _directed = null!;

    public void Configure(ModuleBuilder module)
    {
        _directed = module.SessionSlot(DirectedPresence.Format);
        broadcast.Configure(_directed);
        probes.Configure(_directed);
        module
            .OnOutboundPresence(SendAsync, StanzaType.None, StanzaType.Unavailable)
            .OnOutboundPresence(PassOnAsync, StanzaType.Probe, StanzaType.Error)
            .OnInboundPresence(Deliver, StanzaType.None, StanzaType.Unavailable)
            .OnInboundPresence(DeliverError, StanzaType.Error)
            .OnInboundPresence(probes.AnswerAsync, StanzaType.Probe)
            .OnSessionEnded(VanishAsync);
    }

    private ValueTask SendAsync(ClientSession session, Stanza presence, FlushSet flush, CancellationToken cancellationToken) =>
        presence.To is not null ? DirectAsync(session, presence, flush, cancellationToken)
        : presence.Type == StanzaType.None ? AppearAsync(session, presence, flush, cancellationToken)
        : LeaveAsync(session, presence, flush, cancellationToken);

    // RFC 6121 §4.2.2 and §4.4.2.
    private async ValueTask AppearAsync(ClientSession session, Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        var account = session.Account.Account;
        var priority = PresencePriority.Read(presence);
        var isInitial = !session.IsAvailable;
        var wasReceptive = session.IsReceptive;
        var roster = await rosters.GetAsync(account, cancellationToken);

        // What follows needs the block list, too: where the store fails, it does so before the session counts as available, so that the client may send the same again.
        _ = await blocks.IsBlockedAsync(account, account.DomainJid, cancellationToken);

        // A message that comes now must not overtake those that were kept.
        using (!wasReceptive && priority >= 0 ? hold.Value.Hold(account) : null)
        {
            session.SetPresence(presence, priority);
            if (!wasReceptive && priority >= 0)
            {
                foreach (var handler in registry.Value.Receptive)
                {
                    await handler(session, flush, cancellationToken);
                }
            }

            // Before what was kept.
            broadcast.ToOwn(account, presence, flush);
        }

        await broadcast.ToSubscribersAsync(account, roster, presence, session, flush, cancellationToken);
        if (isInitial)
        {
            Observed(presence, flush);
            await IntroduceOthersAsync(session, flush, cancellationToken);
            await probes.SendAsync(session, roster, flush, cancellationToken);
            roster = await rosters.GetAsync(account, cancellationToken);
            await subscriptions.RemindAsync(session, roster, flush, cancellationToken);
            await subscriptions.RenewAsync(session, roster, flush, cancellationToken);
        }
    }

    private void Observed(Stanza presence, FlushSet flush)
    {
        foreach (var observer in observers)
        {
            observer.Changed(presence, flush);
        }
    }

    private async ValueTask IntroduceOthersAsync(ClientSession session, FlushSet flush, CancellationToken cancellationToken)
    {
        foreach (var other in session.Account.All)
        {
            if (!ReferenceEquals(other, session) && other.Presence is { } presence)
            {
                session.Deliver(presence, other.Jid, session.Account.Account, flush);
                await flush.RelieveAsync(time, cancellationToken);
            }
        }
    }

    // RFC 6121 §4.5.2: the resource itself hears it, too.
    private async ValueTask LeaveAsync(ClientSession session, Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        var wasAvailable = session.IsAvailable;
        if (wasAvailable)
        {
            broadcast.ToOwn(session.Account.Account, presence, flush);
            session.SetPresence(null, 0);
            Observed(presence, flush);
        }

        await TellAsync(session, presence, wasAvailable, flush, cancellationToken);
    }

    // RFC 6121 §4.5.2: a connection that ends without a word. The session is out of the directory.
    private async ValueTask VanishAsync(ClientSession session, FlushSet flush, CancellationToken cancellationToken)
    {
        var account = session.Account.Account;
        var unavailable = PresenceBroadcast.Unavailable(session.Jid);
        if (session.IsAvailable)
        {
            broadcast.ToOwn(account, unavailable, flush);
            Observed(unavailable, flush);
        }

        await TellAsync(session, unavailable, session.IsAvailable, flush, cancellationToken);

        // Whoever took over the resource may have said before that it is available: that is the last word.
        if (session.IsAvailable && broadcast.Sessions(account).FirstOrDefault(other => other.Jid.Equals(session.Jid)) is { Presence: { } present } successor)
        {
            broadcast.ToOwn(account, present, flush);
            await broadcast.ToSubscribersAsync(
                account, await rosters.GetAsync(account, cancellationToken), present, successor, flush, cancellationToken);
        }
    }

    // The subscribers, and those who had directed presence and do not hear it as subscribers (RFC 6121 §4.6.2).
    private async ValueTask TellAsync(
        ClientSession session, Stanza unavailable, bool wasAvailable, FlushSet flush, CancellationToken cancellationToken)
    {
        var directed = session.Get(_directed)?.Take(static _ => true) ?? [];
        if (!wasAvailable && directed.Length == 0)
        {
            return;
        }

        var account = session.Account.Account;
        var roster = await rosters.GetAsync(account, cancellationToken);
        if (wasAvailable)
        {
            await broadcast.ToSubscribersAsync(account, roster, unavailable, session, flush, cancellationToken);
        }

        foreach (var to in directed)
        {
            if (!wasAvailable || !roster.IsSubscriber(to.Bare))
            {
                await broadcast.SendAsync(account, to, unavailable, session, flush, cancellationToken);
            }
        }
    }

    // RFC 6121 §4.6.3.
    private ValueTask DirectAsync(ClientSession session, Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        var directed = session.Get(_directed);
        if (presence.Type == StanzaType.Unavailable)
        {
            directed?.Remove(presence.To!);
        }
        else
        {
            if (directed is null)
            {
                session.Set(_directed, directed = new DirectedPresence());
            }

            directed.Add(presence.To!);
        }

        return router.Value.RouteAsync(presence, session, flush, cancellationToken);
    }

    // A client's probe asks no more than its server's would; an error answers what somebody sent.
    private ValueTask PassOnAsync(ClientSession session, Stanza presence, FlushSet flush, CancellationToken cancellationToken) =>
        presence.To is not null ? router.Value.RouteAsync(presence, session, flush, cancellationToken)
        : presence.IsError ? ValueTask.CompletedTask
        : throw new StanzaException(StanzaErrorCondition.BadRequest, "A probe needs a 'to'.");

    // RFC 6121 §8.5.2.1.2 and §8.5.3: a resource need not be available to get what is addressed to it.
    private ValueTask Deliver(Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        var to = presence.To!;
        foreach (var session in broadcast.Sessions(to.Bare))
        {
            if (to.IsBare ? session.IsAvailable : session.Jid.Equals(to))
            {
                session.Deliver(presence, flush);
            }
        }

        return ValueTask.CompletedTask;
    }

    private ValueTask DeliverError(Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        if (presence.From is { } from)
        {
            broadcast.Sessions(presence.To!.Bare).FirstOrDefault(session => session.Jid.Equals(presence.To))?.Get(_directed)?.Remove(from);
        }

        return Deliver(presence, flush, cancellationToken);
    }
}
