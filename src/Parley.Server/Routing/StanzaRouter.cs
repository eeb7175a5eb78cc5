using Microsoft.Extensions.Logging;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Routing;

/// <summary>Takes stanzas through the stages to what answers for their recipient's domain, and errors back to the sender (RFC 6120 §10).</summary>
public sealed class StanzaRouter(DomainTable domains, IRemoteDomains remote, ModuleRegistry registry, ILogger<StanzaRouter> logger)
{
    private const string NoFederation = "This server has no exchange with others: that takes a port for them (S2sPort, --s2s-port) or Federation:Enabled.";
    private readonly StageHandler[] _any = registry.At(Stage.PreRoute);
    private readonly StageHandler[] _message = [.. registry.At(Stage.PreRoute), .. registry.At(Stage.Archive), .. registry.At(Stage.Copy)];
    private readonly StageHandler[] _copy = registry.At(Stage.Copy);

    /// <summary>Lets the sender's own rules look at a stanza that something else routes: directed presence.</summary>
    /// <returns>The stanza, perhaps changed; null when it ended there, and the sender knows why.</returns>
    public async ValueTask<Stanza?> PreRouteAsync(ClientSession sender, Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(stanza, sender, flush) { SenderAccount = sender.Account.Account };
        try
        {
            return await _any.RunAsync(delivery, cancellationToken) == Verdict.Stop ? null : delivery.Stanza;
        }
        catch (Exception e) when (ErrorFor(e) is { } error)
        {
            await RefuseAsync(stanza, error, sender, flush, cancellationToken);
            return null;
        }
    }

    /// <summary>Routes a stanza that the server sends for itself or somebody; completes when what of it must be durable is.</summary>
    public async ValueTask RouteAsync(Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken) =>
        await TryRouteAsync(stanza, sender, flush, cancellationToken);

    /// <summary>The same; false when the sender got an error because a store failed on the way.</summary>
    internal async ValueTask<bool> TryRouteAsync(Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(stanza, sender, flush);
        await RouteAsync(delivery, cancellationToken);
        if (!delivery.IsCommitted)
        {
            await CommitAsync(delivery);
        }

        return !delivery.FailedInStore;
    }

    private async ValueTask RouteBounceAsync(Stanza error, FlushSet flush, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(error, null, flush) { IsBounce = true };
        await RouteAsync(delivery, cancellationToken);
        if (!delivery.IsCommitted)
        {
            await CommitAsync(delivery);
        }
    }

    /// <summary>Routes a stanza with a sender and a recipient. An error goes back to the sender; nothing is thrown for it.</summary>
    /// <remarks>What must be durable may still be under way when the task completes: see <see cref="CommitAsync"/>.</remarks>
    internal ValueTask RouteAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        ValueTask routed;
        try
        {
            routed = ThroughStagesAsync(delivery, cancellationToken);
        }
        catch (StanzaException refusal)
        {
            return RefuseAsync(delivery, refusal.Error, cancellationToken);
        }

        return routed.IsCompletedSuccessfully ? ValueTask.CompletedTask : FinishAsync(routed, delivery, cancellationToken);
    }

    /// <summary>Waits until everything that a routed stanza needs durable is. When that fails, the sender gets an error; nothing is thrown.</summary>
    internal async ValueTask CommitAsync(Delivery delivery)
    {
        try
        {
            await delivery.CommittedAsync();
        }
        catch (Exception e)
        {
            // Later than the batch that the stanza came in.
            var flush = new FlushSet();
            delivery.FailedInStore = e is StorageException;
            await GiveBackAsync(delivery.Stanza, e, delivery.Sender, flush);
            flush.Flush();
        }
    }

    /// <summary>Sends an error back to the sender, where an error may be answered at all (RFC 6120 §8.3.1).</summary>
    public ValueTask RefuseAsync(Stanza stanza, StanzaError error, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        if (stanza.IsError || (stanza.Kind == StanzaKind.Iq && !stanza.IsRequest) || stanza.From is null)
        {
            return ValueTask.CompletedTask;
        }

        var reply = stanza.ErrorReply(error);
        if (sender is null)
        {
            return RouteBounceAsync(reply, flush, cancellationToken);
        }

        if (reply.Kind == StanzaKind.Message)
        {
            return AnswerAsync(reply, sender, flush, cancellationToken);
        }

        sender.Deliver(reply, flush);
        return ValueTask.CompletedTask;
    }

    // Straight to the session: no rule of the recipient's is to keep an answer of the server's from it. Who saw the message sees the error, too.
    private async ValueTask AnswerAsync(Stanza reply, ClientSession sender, FlushSet flush, CancellationToken cancellationToken)
    {
        await _copy.RunAsync(new Delivery(reply, null, flush) { RecipientAccount = sender.Account.Account }, cancellationToken);
        sender.Deliver(reply, flush);
    }

    /// <summary>Tells the sender of a message, accepted before, that it could not be delivered after all. Throws nothing: others wait behind it.</summary>
    public ValueTask GiveBackAsync(Stanza message, Exception reason, FlushSet flush) => GiveBackAsync(message, reason, null, flush);

    // With the sender at hand the error asks no store on its way: what failed the message would fail that, too.
    private async ValueTask GiveBackAsync(Stanza message, Exception reason, ClientSession? sender, FlushSet flush)
    {
        try
        {
            if (ErrorFor(reason) is not { } error)
            {
                Log.DeliveryFailed(logger, reason, message.To!.ToString());
                error = new StanzaError(StanzaErrorCondition.InternalServerError);
            }

            await RefuseAsync(message, error, sender, flush, CancellationToken.None);
        }
        catch (Exception e)
        {
            Log.DeliveryFailed(logger, e, message.From!.ToString());
        }
    }

    // What a failed delivery is to the sender; null for a fault.
    internal static StanzaError? ErrorFor(Exception reason) => reason switch
    {
        StanzaException refusal => refusal.Error,

        // Removed while the stanza was on its way.
        AccountNotFoundException => new StanzaError(StanzaErrorCondition.ServiceUnavailable),

        // Full, away, or too busy: the same stanza may pass later (RFC 6120 §8.3.3.18).
        StorageException => new StanzaError(StanzaErrorCondition.ResourceConstraint),
        _ => null,
    };

    private ValueTask ThroughStagesAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var stanza = delivery.Stanza;
        if (!domains.TryFind(stanza.To!.DomainJid, out var target))
        {
            target = remote.Find(stanza.To.DomainJid) ?? throw new StanzaException(StanzaErrorCondition.RemoteServerNotFound, NoFederation);
        }

        if (target.HasAccounts && stanza.To.HasLocal)
        {
            delivery.RecipientAccount = stanza.To.Bare;
        }

        var verdict = (stanza.Kind == StanzaKind.Message ? _message : _any).RunAsync(delivery, cancellationToken);
        return !verdict.IsCompletedSuccessfully ? AfterStagesAsync(verdict, delivery, target, cancellationToken)
            : verdict.Result == Verdict.Stop ? ValueTask.CompletedTask
            : target.DeliverAsync(delivery, cancellationToken);
    }

    private static async ValueTask AfterStagesAsync(
        ValueTask<Verdict> verdict, Delivery delivery, IDomainTarget target, CancellationToken cancellationToken)
    {
        if (await verdict == Verdict.Continue)
        {
            await target.DeliverAsync(delivery, cancellationToken);
        }
    }

    private async ValueTask FinishAsync(ValueTask routed, Delivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            await routed;
        }
        catch (Exception e) when (ErrorFor(e) is { } error)
        {
            delivery.FailedInStore = e is StorageException;
            await RefuseAsync(delivery, error, cancellationToken);
        }
    }

    private ValueTask RefuseAsync(Delivery delivery, StanzaError error, CancellationToken cancellationToken) =>
        RefuseAsync(delivery.Stanza, error, delivery.Sender, delivery.Flush, cancellationToken);
}
