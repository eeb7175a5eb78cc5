using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc;

/// <summary>How a service's own answers find their way.</summary>
internal static class Answers
{
    /// <summary>Sends the answer to who sent the stanza: straight to a session of this server, by the router to anybody else.</summary>
    internal static ValueTask AnswerAsync(this StanzaRouter router, Delivery delivery, Stanza answer, CancellationToken cancellationToken)
    {
        if (delivery.Sender is not { } sender)
        {
            return router.RouteAsync(answer, null, delivery.Flush, cancellationToken);
        }

        sender.Deliver(answer, delivery.Flush);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends something of a room's own to somebody, with his own rules. That it is kept is what the acknowledgement waits for of the stanza that it comes of.</summary>
    internal static async ValueTask SendAsync(this StanzaRouter router, RoomTurn turn, Stanza stanza)
    {
        var delivery = new Delivery(stanza, null, turn.Flush);
        await router.RouteAsync(delivery, CancellationToken.None);
        if (!delivery.IsCommitted)
        {
            turn.Delivery.Until(router.CommitAsync(delivery));
        }
    }
}
