using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Archive;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Somebody who asks the archive of a room, here or on another server.</summary>
/// <param name="delivery">His request.</param>
/// <param name="seesAddresses">Whether he may know who the authors really are (XEP-0313 §6.1.2).</param>
/// <param name="router">For results that go to other servers.</param>
/// <param name="time">The clock.</param>
internal sealed class RoomReader(Delivery delivery, bool seesAddresses, StanzaRouter router, TimeProvider time) : IArchiveReceiver
{
    // In a room there is nothing else, whatever a client says that wants no groupchat in its own archive.
    public ArchiveQuery Narrow(ArchiveQuery query) => query with { IncludeGroupChat = true };

    public ReadOnlyMemory<byte> Show(ArchivedMessage message) => seesAddresses ? message.Stanza : RoomKeeping.Hide(RoomKeeping.Read(message)).ToBytes();

    public async ValueTask<bool> SendAsync(Stanza result, CancellationToken cancellationToken)
    {
        if (delivery.Sender is not { } session)
        {
            await router.RouteAsync(result, null, delivery.Flush, cancellationToken);
        }
        else if (!session.Deliver(result, result.From, result.To, delivery.Flush, Fallback.None))
        {
            return false;
        }

        if (delivery.Flush.HasCongested)
        {
            await delivery.Flush.RelieveAsync(time, cancellationToken);
        }

        return true;
    }
}
