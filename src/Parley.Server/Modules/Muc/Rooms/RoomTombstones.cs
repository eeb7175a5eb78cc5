using Microsoft.Extensions.Logging;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Diagnostics;
using Parley.Server.Modules.Archive;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Puts tombstones in the place of what was said in a room: in its history at once, in its archive behind the routing (XEP-0424 §4, XEP-0425 §4).</summary>
/// <remarks>What is left is who said it, and that it was retracted. At most 1,000 wait; the next leaves the message in the archive beside its retraction, which clients apply themselves.</remarks>
internal sealed class RoomTombstones(IArchiveStore archive, ILogger<RoomTombstones> logger)
{
    private const int MaxWaiting = 1000;
    private readonly OrderedWork _work = new(MaxWaiting);

    /// <summary>A message out of a room's archive; null when it does not hold it. Outside of the room's turn.</summary>
    internal async ValueTask<Stanza?> FindAsync(Room room, long id, CancellationToken cancellationToken)
    {
        var page = await archive.ReadAsync(new ArchiveQuery(room.Address) { Ids = [id] }, new ArchivePaging(1) { IsCounted = false }, cancellationToken);
        return page.Messages is [var message] ? RoomKeeping.Read(message) : null;
    }

    /// <summary>Begins to retract a message. That it is done is what the delivery's acknowledgement waits for. In the room's turn.</summary>
    /// <param name="room">The room.</param>
    /// <param name="delivery">What retracts it.</param>
    /// <param name="id">The message's id in the room.</param>
    /// <param name="tombstone">What is left.</param>
    /// <param name="may">Whether this message may be retracted.</param>
    internal void Begin(Room room, Delivery delivery, long id, Retracted tombstone, Func<Stanza, bool> may)
    {
        if (room.History.Find(id) is { } message && IsLive(message) && may(message))
        {
            room.History.Replace(id, RoomMessages.WithId(Bury(message, tombstone), room.Address, id));
        }

        if (!RoomKeeping.Keeps(room))
        {
            return;
        }

        if (_work.TryRun(room.Address.GetHashCode(), () => ApplyAsync(room, id, tombstone, may), out var applied))
        {
            delivery.Until(new ValueTask(applied));
        }
        else
        {
            Log.RetractionSkipped(logger, room.Address.ToString());
        }
    }

    /// <summary>Whether a message is neither a tombstone nor a retraction: those stay as they are.</summary>
    internal static bool IsLive(Stanza message) => message.Child(Retracted.Name) is null && message.Child(Retraction.Name) is null;

    private async Task ApplyAsync(Room room, long id, Retracted tombstone, Func<Stanza, bool> may)
    {
        try
        {
            if (await FindAsync(room, id, CancellationToken.None) is { } message && IsLive(message) && may(message))
            {
                await archive.ReplaceAsync(room.Address, id, Bury(message, tombstone).ToBytes(), CancellationToken.None);
            }
        }
        catch (StorageException e)
        {
            // The retraction itself is kept, and that is what its sender is told about.
            Log.RetractionFailed(logger, e, room.Address.ToString());
        }
    }

    private static Stanza Bury(Stanza message, Retracted tombstone) =>
        message.Without(static child => !IsAuthor(child)).WithAppended(writer =>
        {
            tombstone.WriteTo(writer);
            if (tombstone is { Moderated: { } moderator, Stamp: { } stamp })
            {
                FastenedModeration.WriteTombstone(writer, moderator, stamp, tombstone.Reason);
            }
        });

    private static bool IsAuthor(StanzaChild child) =>
        child.Is(OccupantId.Name.LocalUtf8, OccupantId.Name.NamespaceUtf8) || child.Is(MucUser.Name.LocalUtf8, MucUser.Name.NamespaceUtf8);
}
