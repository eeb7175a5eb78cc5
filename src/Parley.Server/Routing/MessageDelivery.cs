using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Routing;

/// <summary>Which resources of an account get a message, and what becomes of one that none gets: the table of RFC 6121 §8.5.4.</summary>
/// <remarks>
/// Where the table leaves a choice: normal and chat messages to a bare JID go to every resource with a non-negative priority;
/// what cannot be delivered is answered with service-unavailable, except errors and headlines, which are dropped, and except what the
/// recipient's archive keeps, which has reached its end there.
/// </remarks>
public sealed class MessageDelivery(SessionDirectory sessions, ModuleRegistry registry, IAccountStore accounts)
{
    private readonly StageHandler[] _deliver = registry.At(Stage.Deliver);
    private readonly StageHandler[] _offline = registry.At(Stage.Offline);

    /// <summary>Delivers a message to a local account, stores it, or drops it where the table says so.</summary>
    /// <exception cref="StanzaException">service-unavailable: nobody takes it.</exception>
    public ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        // Who comes only now has what waits for it delivered first: the message goes the way of that.
        var isAnybody = Targets(delivery).IsAnybody();
        var verdict = _deliver.RunAsync(delivery, cancellationToken);
        return !verdict.IsCompletedSuccessfully ? AfterDeliverStageAsync(verdict, delivery, isAnybody, cancellationToken)
            : verdict.Result == Verdict.Stop ? ValueTask.CompletedTask
            : ToResourcesAsync(delivery, isAnybody, cancellationToken);
    }

    /// <summary>Delivers a message that a <see cref="Stage.Deliver"/> handler has held back.</summary>
    /// <inheritdoc cref="DeliverAsync"/>
    internal ValueTask ToResourcesAsync(Delivery delivery, CancellationToken cancellationToken) => ToResourcesAsync(delivery, true, cancellationToken);

    /// <summary>Stores a message that no resource is to be given now, where it can be stored.</summary>
    /// <inheritdoc cref="DeliverAsync"/>
    internal ValueTask ToStoreAsync(Delivery delivery, CancellationToken cancellationToken) => UndeliveredAsync(delivery, cancellationToken);

    private MessageTargets Targets(Delivery delivery) => MessageTargets.Of(delivery.Stanza, sessions.Find(delivery.RecipientAccount!)?.All ?? []);

    private ValueTask ToResourcesAsync(Delivery delivery, bool isAnybody, CancellationToken cancellationToken)
    {
        var message = delivery.Stanza;
        var targets = Targets(delivery);
        return isAnybody && targets.Deliver(message, delivery.Flush) ? ValueTask.CompletedTask
            : message.Type switch
            {
                // Of use now or never.
                StanzaType.Headline or StanzaType.Error => ValueTask.CompletedTask,

                // A normal message to a resource that is gone is not passed to others (RFC 6121 §8.5.3.2.1).
                _ when targets.IsNobody => Refuse(delivery),
                _ => UndeliveredAsync(delivery, cancellationToken),
            };
    }

    /// <summary>Finds another end for a message that a connection accepted and could not hand over: another resource, the offline store, or an error.</summary>
    internal async ValueTask RedeliverAsync(SentStanza sent, FlushSet flush, CancellationToken cancellationToken)
    {
        var message = sent.Addressed;
        if (message.Type is StanzaType.Error or StanzaType.Headline)
        {
            return;
        }

        // Nobody but the archive gives ids in the account's name: one that is there tells that the message is kept.
        var account = message.To!.Bare;
        var archived = StanzaId.Of(message, account) is { } text && ArchiveId.TryParse(text, out var id) ? id : default(long?);
        if (archived is not null && sent.Fallback == Fallback.Shared && sessions.Find(account)?.AnyReceptive() == true)
        {
            // Another has it, or may still come back for it.
            return;
        }

        var delivery = new Delivery(message, null, flush)
        {
            RecipientAccount = account,
            RecipientArchiveId = archived,
            AcceptedAt = sent.At == default ? null : sent.At,
            HasWaited = true,
        };
        await UndeliveredAsync(delivery, cancellationToken);
        await delivery.CommittedAsync();
    }

    private static ValueTask Refuse(Delivery delivery) =>
        delivery.RecipientArchiveId is not null ? ValueTask.CompletedTask : throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);

    private async ValueTask AfterDeliverStageAsync(ValueTask<Verdict> verdict, Delivery delivery, bool isAnybody, CancellationToken cancellationToken)
    {
        if (await verdict == Verdict.Continue)
        {
            await ToResourcesAsync(delivery, isAnybody, cancellationToken);
        }
    }

    private async ValueTask UndeliveredAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Stanza.Type is not StanzaType.GroupChat
            && await accounts.ExistsAsync(delivery.RecipientAccount!, cancellationToken)
            && await _offline.RunAsync(delivery, cancellationToken) == Verdict.Stop)
        {
            return;
        }

        await Refuse(delivery);
    }
}
