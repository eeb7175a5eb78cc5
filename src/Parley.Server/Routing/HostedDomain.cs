using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>A domain that this server hosts: the domain itself and its accounts (RFC 6121 §8).</summary>
public sealed class HostedDomain(Jid domain, IqDispatcher iqs, MessageDelivery messages, ModuleRegistry registry, SessionDirectory sessions)
    : IDomainTarget
{
    private readonly StageHandler[] _deliver = registry.At(Stage.Deliver);

    /// <summary>The domain.</summary>
    public Jid Domain { get; } = domain;

    public ValueTask DeliverAsync(Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken) =>
        !stanza.To!.HasLocal ? ToServerAsync(stanza, sender, flush, cancellationToken)
        : _deliver.Length == 0 ? ToAccountAsync(stanza, sender, flush, cancellationToken)
        : AfterDeliverStageAsync(stanza, sender, flush, cancellationToken);

    private ValueTask ToServerAsync(Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken) => stanza.Kind switch
    {
        StanzaKind.Iq => iqs.AnswerAsync(stanza, EntityKind.Server, sender, flush, cancellationToken),

        // Presence for the server itself tells it nothing (RFC 6121 §8.5.1 has nothing to deliver it to).
        StanzaKind.Presence => ValueTask.CompletedTask,
        _ => throw new StanzaException(StanzaErrorCondition.ServiceUnavailable),
    };

    private ValueTask ToAccountAsync(Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken) => stanza.Kind switch
    {
        StanzaKind.Message => messages.DeliverAsync(stanza, sender, flush, cancellationToken),
        StanzaKind.Iq when stanza.To!.IsBare => iqs.AnswerAsync(stanza, EntityKind.Account, sender, flush, cancellationToken),
        StanzaKind.Iq => ToResource(stanza, flush),
        _ => registry.InboundPresence.TryGetValue(stanza.Type, out var handler)
            ? handler(stanza, flush, cancellationToken)
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

    private async ValueTask AfterDeliverStageAsync(Stanza stanza, ClientSession? sender, FlushSet flush, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(stanza, stanza.To!.Bare, sender, flush);
        foreach (var handler in _deliver)
        {
            if (await handler(delivery, cancellationToken) == Verdict.Stop)
            {
                return;
            }
        }

        await ToAccountAsync(delivery.Stanza, sender, flush, cancellationToken);
    }
}
