using Microsoft.Extensions.Options;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Offline;

/// <summary>Offline messages (XEP-0160 1.0.1): kept while no resource takes messages, delivered to the first that does.</summary>
/// <remarks>What is not kept, and what is beyond <see cref="XmppServerOptions.MaxOfflineMessages"/>, is answered with service-unavailable.</remarks>
internal sealed class OfflineModule(OfflineDelivery delivery, IOfflineStore store, IOptions<XmppServerOptions> options, ArchiveId ids) : IXmppModule
{
    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0160", "1.0.1", "Best Practices for Handling Offline Messages")
        .Feature("msgoffline", EntityKind.Server)
        .AtStage(Stage.Deliver, Hold)
        .AtStage(Stage.Offline, Keep)
        .OnReceptive(Receive);

    private ValueTask<Verdict> Hold(Delivery arriving, CancellationToken cancellationToken) =>
        new(arriving.Stanza.Kind == StanzaKind.Message && delivery.TryHold(arriving.Account, arriving.Stanza) ? Verdict.Stop : Verdict.Continue);

    private ValueTask<Verdict> Keep(Delivery undelivered, CancellationToken cancellationToken) =>
        !OfflineContent.IsKept(undelivered.Stanza) ? new(Verdict.Continue)
        : delivery.IsStored(undelivered.Stanza) ? new(Verdict.Stop)
        : KeepAsync(undelivered, cancellationToken);

    private async ValueTask<Verdict> KeepAsync(Delivery undelivered, CancellationToken cancellationToken)
    {
        var message = undelivered.Stanza;
        if (!await store.AppendAsync(undelivered.Account, ids.Next(), message.ToBytes(), options.Value.MaxOfflineMessages, cancellationToken))
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable, "Too many messages wait for this account.");
        }

        // A resource may have come, and found nothing, while the message was on its way into the store.
        if (delivery.Receptive(undelivered.Account) is { } session)
        {
            delivery.Begin(session);
        }

        return Verdict.Stop;
    }

    private ValueTask Receive(ClientSession session, FlushSet flush, CancellationToken cancellationToken)
    {
        delivery.Begin(session);
        return ValueTask.CompletedTask;
    }
}
