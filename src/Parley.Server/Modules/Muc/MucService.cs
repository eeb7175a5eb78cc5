using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc;

/// <summary>A service of rooms: a domain whose localparts are rooms.</summary>
internal sealed class MucService(Jid domain, RoomStanzas rooms, ServiceHandlers handlers) : IDomainTarget
{
    /// <summary>The domain.</summary>
    internal Jid Domain { get; } = domain;

    public ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken) =>
        delivery.Stanza.To!.HasLocal ? rooms.DeliverAsync(delivery, cancellationToken) : ToServiceAsync(delivery, cancellationToken);

    // Presence tells the service nothing, and who writes to it writes to nobody.
    private ValueTask ToServiceAsync(Delivery delivery, CancellationToken cancellationToken) => delivery.Stanza.Kind switch
    {
        StanzaKind.Iq when delivery.Stanza.IsRequest => handlers.AnswerAsync(this, delivery, cancellationToken),
        StanzaKind.Message when !delivery.Stanza.IsError => throw new StanzaException(StanzaErrorCondition.ServiceUnavailable),
        _ => ValueTask.CompletedTask,
    };
}
