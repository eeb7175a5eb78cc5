using Microsoft.Extensions.Logging;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc;

/// <summary>Brings stanzas to their rooms, one at a time in each: whoever sends waits for the turn.</summary>
internal sealed class RoomStanzas(
    RoomDirectory directory,
    RoomHandlers handlers,
    RoomCreation creation,
    RoomEnd end,
    Departures departures,
    DomainTable domains,
    Lazy<StanzaRouter> router,
    ILogger<RoomStanzas> logger)
{
    // Stanzas for which nobody waits, in one room.
    private const int MaxUnattended = 1000;

    /// <summary>Takes a stanza for a room or an occupant.</summary>
    /// <exception cref="StanzaException">It is refused.</exception>
    internal ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (!IsEcho(delivery.Stanza))
        {
            return HandleAsync(delivery, false, cancellationToken);
        }

        // What answers something comes while the asker is there: a room that nobody is in has nobody to give it to, and is not fetched for it.
        if (IsAnswer(delivery.Stanza) && directory.FindLive(delivery.Stanza.To!.Bare) is null)
        {
            return ValueTask.CompletedTask;
        }

        var unattended = new Delivery(delivery.Stanza, null, new FlushSet()) { IsBounce = delivery.IsBounce };
        _ = FinishAsync(HandleAsync(unattended, true, CancellationToken.None), unattended);
        return ValueTask.CompletedTask;
    }

    /// <summary>Does something in a room's turn that no stanza asks for; nothing where the room is gone.</summary>
    internal async ValueTask RunAsync(Room room, Func<ValueTask> action, FlushSet flush)
    {
        await room.Gate.EnterAsync(CancellationToken.None);
        try
        {
            if (!room.IsGone)
            {
                await action();
                await SettleAsync(room, flush);
            }
        }
        finally
        {
            room.Gate.Leave();
        }
    }

    // What comes in answer to something that a room sent may come while that room still sends: it must not wait for itself.
    private bool IsEcho(Stanza stanza) =>
        IsAnswer(stanza)
        || (domains.TryFind(stanza.From!.DomainJid, out var target) && target is MucService);

    private static bool IsAnswer(Stanza stanza) => stanza.IsError || (stanza.Kind == StanzaKind.Iq && !stanza.IsRequest);

    private async Task FinishAsync(ValueTask handled, Delivery delivery)
    {
        try
        {
            await handled;
            await delivery.CommittedAsync();
        }
        catch (StanzaException refusal)
        {
            await router.Value.RefuseAsync(delivery.Stanza, refusal.Error, null, delivery.Flush, CancellationToken.None);
        }
        catch (Exception e)
        {
            Log.DeliveryFailed(logger, e, delivery.Stanza.To!.ToString());
        }

        delivery.Flush.Flush();
    }

    private async ValueTask HandleAsync(Delivery delivery, bool isUnattended, CancellationToken cancellationToken)
    {
        var stanza = delivery.Stanza;
        while (true)
        {
            var room = await directory.FindAsync(stanza.To!.Bare, cancellationToken);
            if (room is null)
            {
                if (!IsRequestToEnter(stanza))
                {
                    await RefuseAbsentAsync(delivery, cancellationToken);
                    return;
                }

                room = creation.Make(stanza.To!.Bare, stanza.From!);
                if (!directory.TryAdd(room))
                {
                    continue;
                }
            }

            if (isUnattended && room.Gate.Waiting >= MaxUnattended)
            {
                return;
            }

            await room.Gate.EnterAsync(cancellationToken);
            RoomTurn turn;
            try
            {
                if (room.IsGone)
                {
                    continue;
                }

                if (room.IsNew && !IsRequestToEnter(stanza))
                {
                    await RefuseAbsentAsync(delivery, cancellationToken);
                    return;
                }

                turn = new RoomTurn(room, delivery);
                await TakeTurnAsync(turn);
            }
            finally
            {
                room.Gate.Leave();
            }

            if (turn.Afterwards is { } afterwards)
            {
                await afterwards();
            }

            return;
        }
    }

    // What has begun is done, whatever becomes of who sent it.
    private async ValueTask TakeTurnAsync(RoomTurn turn)
    {
        var delivery = turn.Delivery;
        try
        {
            if (await handlers.HandleAsync(turn, CancellationToken.None) is not { } answer)
            {
                return;
            }

            if (delivery.IsCommitted)
            {
                await router.Value.AnswerAsync(delivery, answer, CancellationToken.None);
            }
            else
            {
                turn.Afterwards = () => AnswerLaterAsync(delivery, answer);
            }

            if (turn.AfterAnswer is { } announcing)
            {
                await announcing();
            }
        }
        catch (StanzaException refusal) when (delivery.Stanza is { Kind: StanzaKind.Presence, IsError: false })
        {
            await router.Value.AnswerAsync(delivery, RoomNotices.Refusal(delivery.Stanza, refusal.Error), CancellationToken.None);
        }
        finally
        {
            await SettleAsync(turn.Room, delivery.Flush);
        }
    }

    // What a request is told has happened is durable; the room does not wait for that.
    private async ValueTask AnswerLaterAsync(Delivery delivery, Stanza answer)
    {
        delivery.Flush.Flush();
        await delivery.CommittedAsync();
        await router.Value.AnswerAsync(delivery, answer, CancellationToken.None);
    }

    private async ValueTask SettleAsync(Room room, FlushSet flush)
    {
        await departures.SettleAsync(room, flush);
        await end.SettleAsync(room);
    }

    private async ValueTask RefuseAbsentAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var stanza = delivery.Stanza;
        if (stanza.Kind == StanzaKind.Presence)
        {
            // Somebody believes to be in a room that is not there any more (XEP-0045 §7.2.17).
            if (stanza.Type == StanzaType.None && stanza.To!.HasResource)
            {
                await router.Value.AnswerAsync(delivery, RoomNotices.NotInRoom(stanza), cancellationToken);
            }
        }
        else if (stanza.IsRequest && stanza.To!.HasResource)
        {
            throw OccupantRequests.FromOutside(stanza);
        }
        else if (!stanza.IsError && (stanza.Kind == StanzaKind.Message || stanza.IsRequest))
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound);
        }
    }

    private static bool IsRequestToEnter(Stanza stanza) =>
        stanza is { Kind: StanzaKind.Presence, Type: StanzaType.None, To.HasResource: true }
        && stanza.HasChild(MucEnter.Name.LocalUtf8, MucEnter.Name.NamespaceUtf8);
}
