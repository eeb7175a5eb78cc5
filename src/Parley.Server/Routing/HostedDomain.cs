using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;

namespace Parley.Server.Routing;

/// <summary>A domain that this server hosts: the domain itself and its accounts (RFC 6121 §8).</summary>
public sealed class HostedDomain(Jid domain, IqDispatcher iqs, MessageDelivery messages, ModuleRegistry registry, SessionDirectory sessions)
    : IDomainTarget
{
    /// <summary>The domain.</summary>
    public Jid Domain { get; } = domain;

    public bool HasAccounts => true;

    public ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken) =>
        delivery.RecipientAccount is null ? ToServerAsync(delivery, cancellationToken) : ToAccountAsync(delivery, cancellationToken);

    private ValueTask ToServerAsync(Delivery delivery, CancellationToken cancellationToken) => delivery.Stanza.Kind switch
    {
        StanzaKind.Iq => iqs.AnswerAsync(delivery, EntityKind.Server, cancellationToken),

        // Presence for the server itself tells it nothing (RFC 6121 §8.5.1 has nothing to deliver it to).
        StanzaKind.Presence => ValueTask.CompletedTask,
        _ => throw new StanzaException(StanzaErrorCondition.ServiceUnavailable),
    };

    private ValueTask ToAccountAsync(Delivery delivery, CancellationToken cancellationToken) => delivery.Stanza.Kind switch
    {
        StanzaKind.Message => messages.DeliverAsync(delivery, cancellationToken),
        StanzaKind.Iq when delivery.Stanza.To!.IsBare => iqs.AnswerAsync(delivery, EntityKind.Account, cancellationToken),
        StanzaKind.Iq => ToResource(delivery.Stanza, delivery.Flush),
        _ => registry.InboundPresence.TryGetValue(delivery.Stanza.Type, out var handler)
            ? handler(delivery.Stanza, delivery.Flush, cancellationToken)
            : ValueTask.CompletedTask,
    };

    // RFC 6121 §8.5.3.1 and §8.5.3.2.3.
    private ValueTask ToResource(Stanza iq, FlushSet flush)
    {
        if (sessions.Find(iq.To!.Bare)?.Find(iq.To) is { } session && session.Deliver(iq, flush))
        {
            return ValueTask.CompletedTask;
        }

        throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
    }
}
