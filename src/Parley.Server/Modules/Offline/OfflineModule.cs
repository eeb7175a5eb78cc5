using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Offline;

/// <summary>Offline messages (XEP-0160 1.0.1): kept while no resource takes messages, delivered to the first that does.</summary>
/// <remarks>
/// What is not kept, and what is beyond <see cref="XmppServerOptions.MaxOfflineMessages"/>, is answered with service-unavailable. Where the account's archive keeps
/// messages, too, nothing is refused: the oldest that are found there make room for the newest.
/// </remarks>
internal sealed class OfflineModule(OfflineDelivery delivery, IOfflineStore store, IOptions<XmppServerOptions> options, ArchiveId ids) : IXmppModule
{
    // How many rows make room at once at most, so that a flood does not make it for each message.
    private const int MaxRoom = 32;

    // Room is made for one message of an account at a time.
    private readonly AccountTurns _turns = new();

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0160", "1.0.1", "Best Practices for Handling Offline Messages")
        .Feature("msgoffline", EntityKind.Server)
        .AtStage(Stage.Deliver, Hold)
        .AtStage(Stage.Offline, Keep)
        .OnReceptive(Receive)
        .OnResumed(Resume);

    private ValueTask<Verdict> Hold(Delivery arriving, CancellationToken cancellationToken)
    {
        switch (delivery.TryHold(arriving))
        {
            case HoldResult.NotNeeded:
                return new(Verdict.Continue);
            case HoldResult.ToStore:
                Store(arriving);
                break;
        }

        return new(Verdict.Stop);
    }

    private ValueTask<Verdict> Keep(Delivery undelivered, CancellationToken cancellationToken)
    {
        if (!OfflineContent.IsKept(undelivered.Stanza))
        {
            return new(Verdict.Continue);
        }

        if (!delivery.IsStored(undelivered.Stanza) && (undelivered.HasWaited || delivery.TryHold(undelivered) != HoldResult.Waits))
        {
            Store(undelivered);
        }

        return new(Verdict.Stop);
    }

    private void Store(Delivery message) => message.Until(KeepAsync(message.RecipientAccount!, Delayed(message), message.RecipientArchiveId));

    // What was accepted earlier says so (XEP-0198 §4).
    private static Stanza Delayed(Delivery undelivered) => undelivered.AcceptedAt is { } accepted && !OfflineDelivery.IsDelayed(undelivered.Stanza, undelivered.RecipientAccount!)
        ? undelivered.Stanza.WithAppended(new DelayedDelivery(accepted, undelivered.RecipientAccount!.DomainJid, null).WriteTo)
        : undelivered.Stanza;

    // Nothing cancels it: the sender's connection may be gone by then, and the message was accepted.
    private async ValueTask KeepAsync(Jid account, Stanza message, long? archiveId)
    {
        // The order of the archive is that in which messages were accepted.
        var id = archiveId ?? ids.Next();
        var appending = store.AppendAsync(account, id, message.ToBytes(), options.Value.MaxOfflineMessages, CancellationToken.None);
        HaveItDelivered(account);
        if (await appending)
        {
            return;
        }

        if (archiveId is not null)
        {
            // Without room it is in the archive alone.
            await _turns.RunAsync(account, () => KeepForOlderAsync(account, id, message));
            return;
        }

        throw new StanzaException(StanzaErrorCondition.ServiceUnavailable, "Too many messages wait for this account.");
    }

    // A resource may have come, and found nothing, before the message was on its way into the store. Its sender's next waits behind it from here on.
    private void HaveItDelivered(Jid account)
    {
        if (delivery.Receptive(account) is { } session)
        {
            delivery.Begin(session);
        }
        else
        {
            delivery.Leave(account);
        }
    }

    // The oldest of those that the archive keeps make room: who catches up there and then comes online misses nothing in between.
    private async ValueTask KeepForOlderAsync(Jid account, long id, Stanza message)
    {
        var limit = options.Value.MaxOfflineMessages;
        while (limit > 0)
        {
            var oldest = await store.ReadAsync(account, 0, Math.Clamp(limit / MaxRoom, 1, MaxRoom), CancellationToken.None);
            if (oldest is [var first, ..] && id < first.Id)
            {
                // It is the oldest itself.
                return;
            }

            // There is room where another has made some, or somebody has taken what was there.
            var appending = store.AppendAsync(account, id, message.ToBytes(), limit, CancellationToken.None);
            HaveItDelivered(account);
            if (await appending)
            {
                return;
            }

            long[] archived = [.. oldest.Where(kept => kept.Id < id && IsArchived(kept, account)).Select(static kept => kept.Id)];
            if (archived.Length == 0)
            {
                return;
            }

            await store.DeleteAsync(account, archived, CancellationToken.None);
        }
    }

    private static bool IsArchived(OfflineMessage kept, Jid account) =>
        Stanza.Read(kept.Stanza.Span, StanzaContext.Client()) is { } stanza && StanzaId.Of(stanza, account) is not null;

    // What nobody took meanwhile.
    private ValueTask Resume(ClientSession session, FlushSet flush, CancellationToken cancellationToken) =>
        session.IsReceptive ? Receive(session, flush, cancellationToken) : ValueTask.CompletedTask;

    private ValueTask Receive(ClientSession session, FlushSet flush, CancellationToken cancellationToken)
    {
        delivery.Begin(session);
        return ValueTask.CompletedTask;
    }
}
