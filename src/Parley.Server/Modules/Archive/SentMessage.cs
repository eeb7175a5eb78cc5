using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>What the sender's own resources may see of a message that goes to somebody else.</summary>
public static class SentMessage
{
    /// <summary>The message with the id of the sender's archive, and without that of the recipient's, which is not the sender's to read (XEP-0313 §3.4).</summary>
    /// <remarks>For copies of what was sent (XEP-0280 §7), after <see cref="Stage.Archive"/>.</remarks>
    public static Stanza ForSender(this Delivery delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        if (delivery.SenderAccount is not { } sender || sender.Equals(delivery.RecipientAccount))
        {
            return delivery.Stanza;
        }

        var message = delivery.RecipientArchiveId is null ? delivery.Stanza : StanzaId.RemoveFrom(delivery.Stanza, delivery.RecipientAccount!.Equals);
        return delivery.SenderArchiveId is { } id ? new StanzaId(ArchiveId.ToText(id), sender).AppendTo(message) : message;
    }
}
