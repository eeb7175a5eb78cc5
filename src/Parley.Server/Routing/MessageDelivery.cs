using System.Collections.Immutable;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Routing;

/// <summary>Which resources of an account get a message, and what becomes of one that none gets: the table of RFC 6121 §8.5.4.</summary>
/// <remarks>
/// Where the table leaves a choice: normal and chat messages to a bare JID go to every resource with a non-negative priority;
/// what cannot be delivered is answered with service-unavailable, except errors and headlines, which are dropped.
/// </remarks>
public sealed class MessageDelivery(SessionDirectory sessions, ModuleRegistry registry, IAccountStore accounts)
{
    private readonly StageHandler[] _offline = registry.At(Stage.Offline);

    /// <summary>Delivers a message to a local account, stores it, or drops it where the table says so.</summary>
    /// <exception cref="StanzaException">service-unavailable: nobody takes it.</exception>
    public ValueTask DeliverAsync(Stanza message, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        var to = message.To!;
        var all = sessions.Find(to.Bare)?.All ?? [];
        if (to.IsFull)
        {
            foreach (var session in all)
            {
                if (session.Jid.Equals(to))
                {
                    return session.Deliver(message, flush) ? ValueTask.CompletedTask : UndeliveredAsync(message, sender, flush, cancellationToken);
                }
            }
        }

        if (message.Type == StanzaType.Headline)
        {
            // Of use now or never.
            _ = to.IsBare && ToReceptive(all, message, flush);
            return ValueTask.CompletedTask;
        }

        return message.Type switch
        {
            StanzaType.Error => ValueTask.CompletedTask,
            StanzaType.GroupChat => throw new StanzaException(StanzaErrorCondition.ServiceUnavailable),
            StanzaType.Chat => ToReceptive(all, message, flush) ? ValueTask.CompletedTask : UndeliveredAsync(message, sender, flush, cancellationToken),

            // A normal message to a resource that is gone is not passed to others (RFC 6121 §8.5.3.2.1).
            _ when to.IsFull => throw new StanzaException(StanzaErrorCondition.ServiceUnavailable),
            _ => ToReceptive(all, message, flush) ? ValueTask.CompletedTask : UndeliveredAsync(message, sender, flush, cancellationToken),
        };
    }

    /// <summary>Finds another end for a message that a connection accepted and could not hand over: another resource, the offline store, or an error.</summary>
    public ValueTask RedeliverAsync(Stanza message, FlushSet flush, CancellationToken cancellationToken) =>
        message.Type is StanzaType.Error or StanzaType.Headline
            ? ValueTask.CompletedTask
            : UndeliveredAsync(message, null, flush, cancellationToken);

    private static bool ToReceptive(ImmutableArray<ClientSession> all, Stanza message, FlushSet flush)
    {
        var delivered = false;
        foreach (var session in all)
        {
            if (session.IsAvailable && session.Priority >= 0)
            {
                delivered |= session.Deliver(message, flush);
            }
        }

        return delivered;
    }

    private async ValueTask UndeliveredAsync(Stanza message, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        if (message.Type is not StanzaType.GroupChat && await accounts.ExistsAsync(message.To!.Bare, cancellationToken))
        {
            var delivery = new Delivery(message, message.To.Bare, sender, flush);
            foreach (var handler in _offline)
            {
                if (await handler(delivery, cancellationToken) == Verdict.Stop)
                {
                    return;
                }
            }
        }

        throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
    }
}
