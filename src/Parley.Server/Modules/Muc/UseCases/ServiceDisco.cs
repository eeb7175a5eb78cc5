using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What a service says of itself, and which rooms it lists (XEP-0045 §6.2, §6.3): by pages (XEP-0059), in the order of their addresses.</summary>
internal sealed class ServiceDisco(RoomListing listing, Lazy<RoomHandlers> rooms, Lazy<ServiceHandlers> services) : IServiceUseCase
{
    private const int PageSize = 200;

    public void Configure(ServiceHandlers handlers) => handlers
        .OnIq(StanzaType.Get, DiscoInfo.Name, InfoAsync)
        .OnIq(StanzaType.Get, DiscoItems.Name, ItemsAsync)
        .Feature(ResultSet.Namespace);

    private ValueTask<Stanza> InfoAsync(MucService service, Delivery delivery, XmlElement payload, CancellationToken cancellationToken)
    {
        if (payload.Attribute("node") is not null)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound);
        }

        var info = new DiscoInfo(
            [new DiscoIdentity("conference", "text", "Rooms")],
            [.. rooms.Value.Features.Concat(services.Value.Features).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            []);
        return new(delivery.Stanza.Result(info.WriteTo));
    }

    private async ValueTask<Stanza> ItemsAsync(MucService service, Delivery delivery, XmlElement payload, CancellationToken cancellationToken)
    {
        if (payload.Attribute("node") is { } node)
        {
            return delivery.Stanza.Result(new DiscoItems([], node).WriteTo);
        }

        var asked = ResultSetRequest.In(payload);
        if (asked?.Index is not null)
        {
            // XEP-0059 §2.6.
            throw new StanzaException(StanzaErrorCondition.FeatureNotImplemented, "Pages are found by an item beside them.");
        }

        var count = await listing.CountAsync(service.Domain, RoomListQuery.All, cancellationToken);
        var page = await PageAsync(service, asked, cancellationToken);
        return delivery.Stanza.Result(writer =>
        {
            writer.Start(DiscoItems.Name);
            foreach (var room in page)
            {
                writer.Start("item").Attribute("jid", room.Address.ToString()).Attribute("name", room.Name ?? room.Address.Local).End();
            }

            if (asked is not null || count > page.Count)
            {
                SetOf(asked, page, count).WriteTo(writer);
            }

            writer.End();
        });
    }

    private ValueTask<IReadOnlyList<RoomRow>> PageAsync(MucService service, ResultSetRequest? asked, CancellationToken cancellationToken)
    {
        var max = Math.Min(asked?.Max ?? PageSize, PageSize);
        if (max == 0)
        {
            return new([]);
        }

        var query = new RoomListQuery { After = AddressOf(asked?.After), Before = AddressOf(asked?.Before) };
        return listing.ReadAsync(service.Domain, query, new RoomListPage(max, FromEnd: asked?.Before is not null), cancellationToken);
    }

    private static ResultSet SetOf(ResultSetRequest? asked, IReadOnlyList<RoomRow> page, int count) => page.Count == 0
        ? new ResultSet(Count: count)
        : new ResultSet(
            page[0].Address.ToString(),
            page[^1].Address.ToString(),
            asked is { Before: "", After: null } ? Math.Max(0, count - page.Count) : asked?.After is null && asked?.Before is null ? 0 : null,
            count);

    /// <summary>The room beside which a page is; null for none.</summary>
    /// <exception cref="StanzaException">item-not-found: that never was one (XEP-0059 §2.3).</exception>
    internal static Jid? AddressOf(string? item) =>
        string.IsNullOrEmpty(item) ? null
        : Jid.TryParse(item, out var address) ? address
        : throw new StanzaException(StanzaErrorCondition.ItemNotFound, "There is no such room.");
}
