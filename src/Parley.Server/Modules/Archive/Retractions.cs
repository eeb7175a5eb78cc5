using Microsoft.Extensions.Logging;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Diagnostics;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Puts tombstones in the place of archived messages that their senders retract (XEP-0424 §4).</summary>
/// <remarks>
/// Behind the routing, in the order of their acceptance between two addresses, and before the retraction is acknowledged. At most 1,000 retractions wait; the next leaves the message in the archives, beside
/// the retraction, which clients apply themselves. So does one without an id, for the tombstone has to name it.
/// </remarks>
internal sealed class Retractions(IArchiveStore store, ILogger<Retractions> logger)
{
    private const int MaxWaiting = 1000;
    private static readonly XmlName Occupant = new("x", "http://jabber.org/protocol/muc#user");

    private readonly OrderedWork _work = new(MaxWaiting);

    /// <summary>Begins to apply a message, if it is a retraction, to the archives that keep it.</summary>
    internal void Begin(Delivery delivery, Stanza message, long id, ArchivePlace first, ArchivePlace? second)
    {
        if (message.IsError || message.Child(Retraction.Name)?.Attribute("id") is not { Length: > 0 } retracted || message.IdText is not { } by)
        {
            return;
        }

        var tombstone = new Retracted(by, ArchiveId.TimeOf(id));
        if (_work.TryRun(first.Owner.GetHashCode() ^ first.With.Bare.GetHashCode(), () => ApplyAsync(message, id, retracted, tombstone, first, second), out var applied))
        {
            delivery.Until(new ValueTask(applied));
        }
        else
        {
            Log.RetractionSkipped(logger, first.Owner.ToString());
        }
    }

    private async Task ApplyAsync(Stanza message, long id, string retracted, Retracted tombstone, ArchivePlace first, ArchivePlace? second)
    {
        try
        {
            await ApplyAsync(first, message, id, retracted, tombstone);
            if (second is { } other)
            {
                await ApplyAsync(other, message, id, retracted, tombstone);
            }
        }
        catch (StorageException e)
        {
            // The retraction itself is kept, and that is what its sender is told about.
            Log.RetractionFailed(logger, e, first.Owner.ToString());
        }
    }

    private async ValueTask ApplyAsync(ArchivePlace place, Stanza message, long id, string retracted, Retracted tombstone)
    {
        if (await store.FindByMessageIdAsync(place.Owner, place.With, retracted, CancellationToken.None) is not { } found
            || found.Id == id
            || Stanza.Read(found.Stanza.Span, StanzaContext.Client()) is not { } original
            || !MayRetract(message, original))
        {
            return;
        }

        var left = original.WithPayload(XmlFragment.Build(tombstone.WriteTo, Namespaces.Client));
        await store.ReplaceAsync(place.Owner, found.Id, left.ToBytes(), CancellationToken.None);
    }

    // Of the occupants of a room, who all share its bare JID, each is known by the full one. Tombstones and retractions stay as they are.
    private static bool MayRetract(Stanza message, Stanza original) =>
        message.From is { } sender
        && original.From is { } author
        && (IsOccupants(message) || IsOccupants(original) ? sender.Equals(author) : sender.BareEquals(author))
        && original.Child(Retracted.Name) is null
        && original.Child(Retraction.Name) is null;

    private static bool IsOccupants(Stanza message) => message.HasChild(Occupant.LocalUtf8, Occupant.NamespaceUtf8);
}
