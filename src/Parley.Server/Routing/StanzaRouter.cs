using Microsoft.Extensions.Logging;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Routing;

/// <summary>Takes stanzas to what answers for their recipient's domain, and errors back to the sender (RFC 6120 §10).</summary>
public sealed class StanzaRouter(DomainTable domains, ModuleRegistry registry, ILogger<StanzaRouter> logger)
{
    private readonly StageHandler[] _preRoute = registry.At(Stage.PreRoute);

    /// <summary>Routes a stanza of a local client after the sender's own rules have had their say.</summary>
    public ValueTask RouteFromClientAsync(ClientSession sender, Stanza stanza, FlushSet flush, CancellationToken cancellationToken) =>
        _preRoute.Length == 0
            ? RouteAsync(stanza, sender, flush, cancellationToken)
            : AfterPreRouteAsync(sender, stanza, flush, cancellationToken);

    /// <summary>Lets the sender's own rules look at a stanza that something else routes: directed presence.</summary>
    /// <returns>The stanza, perhaps changed; null when it ended there, and the sender knows why.</returns>
    public async ValueTask<Stanza?> PreRouteAsync(ClientSession sender, Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(stanza, sender.Account.Account, sender, flush);
        try
        {
            foreach (var handler in _preRoute)
            {
                if (await handler(delivery, cancellationToken) == Verdict.Stop)
                {
                    return null;
                }
            }
        }
        catch (StanzaException refusal)
        {
            await RefuseAsync(stanza, refusal.Error, sender, flush, cancellationToken);
            return null;
        }

        return delivery.Stanza;
    }

    /// <summary>Routes a stanza with a sender and a recipient. An error goes back to the sender; nothing is thrown for it.</summary>
    public ValueTask RouteAsync(Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        ValueTask delivery;
        try
        {
            delivery = domains.TryFind(stanza.To!.DomainJid, out var target)
                ? target.DeliverAsync(stanza, sender, flush, cancellationToken)
                : throw new StanzaException(StanzaErrorCondition.RemoteServerNotFound);
        }
        catch (StanzaException refusal)
        {
            return RefuseAsync(stanza, refusal.Error, sender, flush, cancellationToken);
        }

        return delivery.IsCompletedSuccessfully ? ValueTask.CompletedTask : FinishAsync(delivery, stanza, sender, flush, cancellationToken);
    }

    /// <summary>Sends an error back to the sender, where an error may be answered at all (RFC 6120 §8.3.1).</summary>
    public ValueTask RefuseAsync(Stanza stanza, StanzaError error, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        if (stanza.IsError || (stanza.Kind == StanzaKind.Iq && !stanza.IsRequest) || stanza.From is null)
        {
            return ValueTask.CompletedTask;
        }

        var reply = stanza.ErrorReply(error);
        if (sender is not null)
        {
            sender.Deliver(reply, flush);
            return ValueTask.CompletedTask;
        }

        return RouteAsync(reply, null, flush, cancellationToken);
    }

    /// <summary>Tells the sender of a message, accepted before, that it could not be delivered after all. Throws nothing: others wait behind it.</summary>
    public async ValueTask GiveBackAsync(Stanza message, Exception reason, FlushSet flush)
    {
        try
        {
            if (ErrorFor(reason) is not { } error)
            {
                Log.DeliveryFailed(logger, reason, message.To!.ToString());
                error = new StanzaError(StanzaErrorCondition.InternalServerError);
            }

            await RefuseAsync(message, error, null, flush, CancellationToken.None);
        }
        catch (Exception e)
        {
            Log.DeliveryFailed(logger, e, message.From!.ToString());
        }
    }

    // What a failed delivery is to the sender; null for a fault.
    private static StanzaError? ErrorFor(Exception reason) => reason switch
    {
        StanzaException refusal => refusal.Error,
        StorageOverloadedException => new StanzaError(StanzaErrorCondition.ResourceConstraint),

        // Removed while the stanza was on its way.
        AccountNotFoundException => new StanzaError(StanzaErrorCondition.ServiceUnavailable),
        _ => null,
    };

    private async ValueTask FinishAsync(ValueTask delivery, Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        try
        {
            await delivery;
        }
        catch (Exception e) when (ErrorFor(e) is { } error)
        {
            await RefuseAsync(stanza, error, sender, flush, cancellationToken);
        }
    }

    private async ValueTask AfterPreRouteAsync(ClientSession sender, Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        if (await PreRouteAsync(sender, stanza, flush, cancellationToken) is { } permitted)
        {
            await RouteAsync(permitted, sender, flush, cancellationToken);
        }
    }
}
