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
        return Page(Unstored(service, query).Concat(stored).DistinctBy(static row => row.Address), page);
    }

    /// <summary>The same of those rooms alone in which there are so many at least, one or more: they are all in memory.</summary>
    internal IReadOnlyList<RoomRow> ReadInhabited(Jid service, RoomListQuery query, RoomListPage page, int leastUsers) =>
        Page(InMemory(service, query, room => room.Occupants.Count >= leastUsers), page);

    /// <summary>How many public rooms a query finds.</summary>
    internal async ValueTask<int> CountAsync(Jid service, RoomListQuery query, CancellationToken cancellationToken) =>
        await store.CountAsync(service.Domain, query with { IsPublic = true }, cancellationToken) + Unstored(service, query).Count();

    /// <summary>How many are in a room.</summary>
    internal int UsersOf(Jid address) => directory.FindLive(address)?.Occupants.Count ?? 0;

    /// <summary>What a listed room is like now; null when it has gone.</summary>
    internal async ValueTask<RoomConfiguration?> ConfigurationOfAsync(Jid address, RoomConfiguration defaults, CancellationToken cancellationToken) =>
        directory.FindLive(address) is { } live ? live.Configuration
        : await store.FindAsync(address, cancellationToken) is { } stored ? RoomDocument.Parse(stored.Row.Document, defaults).Configuration
        : null;

    private IEnumerable<RoomRow> Unstored(Jid service, RoomListQuery query) => InMemory(service, query, static room => !room.IsStored);

    private IEnumerable<RoomRow> InMemory(Jid service, RoomListQuery query, Func<Room, bool> fits)
    {
        var words = query.Text is { } text ? RoomWords.Sought(text) : null;
        return directory.Live
            .Where(room => room is { IsGone: false, IsNew: false, IsLocked: false, Configuration.IsPublic: true } && fits(room) && room.Address.DomainJid.Equals(service))
            .Select(static room => new RoomRow(room.Address, room.Configuration.Name, room.Configuration.Description, true, default))
            .Where(row => (query.After is null || Order.Compare(row.Address, query.After) > 0) && (query.Before is null || Order.Compare(row.Address, query.Before) < 0))
            .Where(row => words is null || (words.Count > 0 && Contains(RoomWords.Of(row), words)));
    }

    private static IReadOnlyList<RoomRow> Page(IEnumerable<RoomRow> rows, RoomListPage page)
    {
        var ordered = rows.OrderBy(static row => row.Address, Order);
        return [.. page.FromEnd ? ordered.TakeLast(page.Max) : ordered.Take(page.Max)];
    }

    private static bool Contains(string text, IReadOnlyList<string> words) => words.All(word => text.Contains(word, StringComparison.Ordinal));
}
