using System.Text;
using Parley.Protocol.Stanzas;
using Parley.Server.Storage;

namespace Parley.Server.Routing;

/// <summary>Answers the iq requests that this server handles itself, with the modules' handlers (RFC 6120 §10.3.3, RFC 6121 §8.5.2).</summary>
public sealed class IqDispatcher(ModuleRegistry registry, SessionDirectory sessions, IAccountStore accounts, Lazy<StanzaRouter> router)
{
    /// <summary>Answers a request. Results and errors that arrive here answer nothing that the server asked, and are dropped.</summary>
    /// <exception cref="StanzaException">The request is malformed, refused, or nobody handles it.</exception>
    public async ValueTask AnswerAsync(Delivery delivery, EntityKind entity, CancellationToken cancellationToken)
    {
        var (iq, sender, flush) = (delivery.Stanza, delivery.Sender, delivery.Flush);
        if (!iq.IsRequest)
        {
            return;
        }

        var child = iq.Children[0];
        var key = new IqKey(entity, iq.Type, Encoding.UTF8.GetString(child.NamespaceUri.Span), Encoding.UTF8.GetString(child.LocalName.Span));
        if (!registry.IqHandlers.TryGetValue(key, out var handler) || !await CanAnswerAsync(iq, key, cancellationToken))
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        }

        var request = new IqRequest(iq, entity, sender, flush);
        var reply = await handler(request, cancellationToken);
        if (sender is not null)
        {
            sender.Deliver(reply, flush);
        }
        else
        {
            await router.Value.RouteAsync(reply, null, flush, cancellationToken);
        }

        request.Afterwards?.Invoke();
    }

    private async ValueTask<bool> CanAnswerAsync(Stanza iq, IqKey key, CancellationToken cancellationToken) =>
        key.Entity == EntityKind.Server
        || registry.EvenForNoAccount.Contains(key)
        || iq.From!.BareEquals(iq.To!)
        || sessions.Find(iq.To!) is not null
        || await accounts.ExistsAsync(iq.To!, cancellationToken);
}
