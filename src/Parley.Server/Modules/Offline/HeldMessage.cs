using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Offline;

/// <summary>A message that waits for its delivery, and whoever waits for the outcome.</summary>
internal sealed class HeldMessage
{
    private readonly TaskCompletionSource? _outcome;

    internal HeldMessage(Delivery delivery)
    {
        Stanza = delivery.Stanza;
        Account = delivery.RecipientAccount!;
        ArchiveId = delivery.RecipientArchiveId;

        // What the archive keeps is safe; nobody waits for an error; and only stream management tells a client what is safe without holding up the rest.
        if (ArchiveId is null && delivery.Sender?.IsManaged == true && !Stanza.IsError)
        {
            _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
            delivery.IsHeld = true;
            delivery.Until(new ValueTask(_outcome.Task));
        }
    }

    internal Stanza Stanza { get; }

    internal Protocol.Addressing.Jid Account { get; }

    internal long? ArchiveId { get; }

    /// <summary>It has been delivered or stored.</summary>
    internal void Succeeded() => _outcome?.TrySetResult();

    /// <summary>It has not; true when its sender hears of it by that.</summary>
    internal bool Failed(Exception reason) => _outcome?.TrySetException(reason) == true;
}
