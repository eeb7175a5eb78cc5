using Parley.Protocol.Addressing;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc;

/// <summary>The rooms that a service lists: the public ones, of the store, and those that are in memory alone; in the order of the bytes of their addresses.</summary>
/// <remarks>Rooms that come and go meanwhile may be in it or not. What it gives of a room is address, name and description.</remarks>
internal sealed class RoomListing(RoomDirectory directory, IRoomStore store)
{
    private static readonly Comparer<Jid> Order = Comparer<Jid>.Create(static (a, b) => a.Utf8.SequenceCompareTo(b.Utf8));

    /// <summary>A page of the public rooms that a query finds.</summary>
    internal async ValueTask<IReadOnlyList<RoomRow>> ReadAsync(Jid service, RoomListQuery query, RoomListPage page, CancellationToken cancellationToken)
    {
        query = query with { IsPublic = true };
        page = page with { OmitsDocuments = true };
        var stored = await store.ListAsync(service.Domain, query, page, cancellationToken);
        var all = Unstored(service, query).Concat(stored).DistinctBy(static row => row.Address).OrderBy(static row => row.Address, Order);
        return [.. page.FromEnd ? all.TakeLast(page.Max) : all.Take(page.Max)];
    }

    /// <summary>How many public rooms a query finds.</summary>
    internal async ValueTask<int> CountAsync(Jid service, RoomListQuery query, CancellationToken cancellationToken) =>
        await store.CountAsync(service.Domain, query with { IsPublic = true }, cancellationToken) + Unstored(service, query).Count();

    /// <summary>How many are in the rooms of a service that are in use.</summary>
    internal Dictionary<Jid, int> Occupants(Jid service)
    {
        var occupants = new Dictionary<Jid, int>();
        foreach (var room in directory.Live)
        {
            if (room.Address.DomainJid.Equals(service))
            {
                occupants[room.Address] = room.Occupants.Count;
            }
        }

        return occupants;
    }

    /// <summary>What a listed room is like now; null when it has gone.</summary>
    internal async ValueTask<RoomConfiguration?> ConfigurationOfAsync(Jid address, RoomConfiguration defaults, CancellationToken cancellationToken) =>
        directory.FindLive(address) is { } live ? live.Configuration
        : await store.FindAsync(address, cancellationToken) is { } stored ? RoomDocument.Parse(stored.Row.Document, defaults).Configuration
        : null;

    private IEnumerable<RoomRow> Unstored(Jid service, RoomListQuery query)
    {
        var words = query.Text is { } text ? RoomWords.Sought(text) : null;
        return directory.Live
            .Where(room => room is { IsStored: false, IsGone: false, IsNew: false, IsLocked: false, Configuration.IsPublic: true } && room.Address.DomainJid.Equals(service))
            .Select(static room => new RoomRow(room.Address, room.Configuration.Name, room.Configuration.Description, true, default))
            .Where(row => (query.After is null || Order.Compare(row.Address, query.After) > 0) && (query.Before is null || Order.Compare(row.Address, query.Before) < 0))
            .Where(row => words is null || (words.Count > 0 && Contains(RoomWords.Of(row), words)));
    }

    private static bool Contains(string text, IReadOnlyList<string> words) => words.All(word => text.Contains(word, StringComparison.Ordinal));
}
