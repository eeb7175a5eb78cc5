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
}
