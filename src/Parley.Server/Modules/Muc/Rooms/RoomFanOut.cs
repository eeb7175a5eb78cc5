using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Brings what a room says to the clients of its occupants: one payload, and for each only the open tag.</summary>
/// <remarks>A client that takes nothing more leaves when the turn ends.</remarks>
internal sealed class RoomFanOut(DomainTable domains, Lazy<IRemoteDomains> remote, TimeProvider time)
{
    /// <summary>Sends a stanza to one client.</summary>
    internal ValueTask SendAsync(Room room, OccupantSession to, Stanza stanza, Jid from, FlushSet flush) => SendAsync(room, to, stanza, from, flush, false);

    private ValueTask SendAsync(Room room, OccupantSession to, Stanza stanza, Jid from, FlushSet flush, bool isSwept)
    {
        if (to.IsLost)
        {
            return ValueTask.CompletedTask;
        }

        if (to.Waiting?.TryAdd(stanza, from, out var isFull) == true)
        {
            if (isFull)
            {
                room.Lose(to);
            }

            return ValueTask.CompletedTask;
        }

        var sent = WriteAsync(to, stanza, from, flush, isSwept);
        if (!sent.IsCompletedSuccessfully)
        {
            return FinishAsync(room, to, sent);
        }

        if (!sent.Result)
        {
            room.Lose(to);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Has what is sent to a client wait until <see cref="CatchUpAsync"/>: it is about to be told much, and the room does not wait until it has read that.</summary>
    internal static void HoldBack(OccupantSession session) => session.Waiting ??= new WaitingStanzas();

    /// <summary>Sends a client what waits for it, as fast as it reads; it is up to date then. Outside of the room's turn.</summary>
    internal async ValueTask CatchUpAsync(OccupantSession session, FlushSet flush)
    {
        if (session.Waiting is not { } waiting)
        {
            return;
        }

        // One that takes nothing more is found so by the next stanza.
        var isThere = true;
        while (waiting.TryTake(out var next))
        {
            isThere = isThere && await WriteAsync(session, next.Stanza, next.From, flush, false);
            if (flush.HasCongested)
            {
                await flush.RelieveAsync(time, CancellationToken.None);
            }
        }

        session.Waiting = null;
    }

    /// <summary>Sends a stanza to all clients of an occupant.</summary>
    internal async ValueTask SendAsync(Room room, Occupant to, Stanza stanza, Jid from, FlushSet flush)
    {
        foreach (var session in to.Sessions)
        {
            await SendAsync(room, session, stanza, from, flush);
        }
    }

    /// <summary>Sends a stanza to all clients of all occupants.</summary>
    internal ValueTask ToAllAsync(Room room, Stanza stanza, Jid from, FlushSet flush) => ToAllAsync(room, _ => stanza, from, flush);

    /// <summary>Sends all clients of each occupant what is for him.</summary>
    /// <param name="room">The room.</param>
    /// <param name="stanzaFor">What is for an occupant; null for nothing.</param>
    /// <param name="from">Who says it.</param>
    /// <param name="flush">Who sees to what leaves.</param>
    internal async ValueTask ToAllAsync(Room room, Func<Occupant, Stanza?> stanzaFor, Jid from, FlushSet flush)
    {
        var clients = room.Occupants.Clients;
        var isSwept = clients.Length >= RoomSweep.MinClients;
        try
        {
            foreach (var client in clients)
            {
                if (stanzaFor(client.Occupant) is { } stanza)
                {
                    var sent = SendAsync(room, client, stanza, from, flush, isSwept);
                    if (!sent.IsCompletedSuccessfully)
                    {
                        await sent;
                    }
                }
            }
        }
        finally
        {
            if (isSwept)
            {
                room.Sweep.Begin(clients);
            }
        }
    }

    // What does not reach the client is in the room's history, and presence is of use to that client alone.
    private ValueTask<bool> WriteAsync(OccupantSession to, Stanza stanza, Jid from, FlushSet flush, bool isSwept)
    {
        if (to.Local is { } local)
        {
            var isTaken = local.TryWrite(stanza, from, to.Address, Fallback.None, out var output);
            if (output is not null)
            {
                // A session that is changing its connection may have taken it elsewhere than a sweep will look.
                flush.NoteWritten(output, isSwept && ReferenceEquals(output, local.Output));
            }

            return new(isTaken);
        }

        return DeliverAsync(new Delivery(stanza.WithAddresses(from, to.Address), null, flush));
    }

    // Not by the router: what cannot be delivered at once must not come back as an error for each stanza, and of each occupant of a server that is gone.
    private async ValueTask<bool> DeliverAsync(Delivery delivery)
    {
        var domain = delivery.Stanza.To!.DomainJid;
        try
        {
            if ((domains.TryFind(domain, out var here) ? here : remote.Value.Find(domain)) is not { } target)
            {
                return false;
            }

            delivery.RecipientAccount = target.HasAccounts ? delivery.Stanza.To.Bare : null;
            await target.DeliverAsync(delivery, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (StanzaRouter.ErrorFor(e) is not null)
        {
            return false;
        }
    }

    private static async ValueTask FinishAsync(Room room, OccupantSession to, ValueTask<bool> sent)
    {
        if (!await sent)
        {
            room.Lose(to);
        }
    }
}
