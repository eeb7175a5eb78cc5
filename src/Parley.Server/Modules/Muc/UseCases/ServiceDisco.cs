using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What a service says of itself, and which rooms it lists (XEP-0045 §6.2, §6.3): by pages (XEP-0059), in the order of their addresses.</summary>
internal sealed class ServiceDisco(RoomDirectory directory, IRoomStore store, Lazy<RoomHandlers> rooms, Lazy<ServiceHandlers> services) : IServiceUseCase
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
        var max = Math.Min(asked?.Max ?? PageSize, PageSize);
        var after = Jid.TryParse(asked?.After, out var jid) ? jid : null;
        var found = await PageAsync(service, after, max + 1, cancellationToken);
        var page = found.Take(max).ToList();
        var isPart = asked is not null || found.Count > max;
        return delivery.Stanza.Result(writer =>
        {
            writer.Start(DiscoItems.Name);
            foreach (var (address, name) in page)
            {
                writer.Start("item").Attribute("jid", address.ToString()).Attribute("name", name).End();
            }

            if (isPart)
            {
                new ResultSet(page.Count == 0 ? null : page[0].Address.ToString(), page.Count == 0 ? null : page[^1].Address.ToString(), after is null && page.Count > 0 ? 0 : null).WriteTo(writer);
            }

            writer.End();
        });
    }

    // Those of the store, and those that are in memory alone.
    private async ValueTask<List<(Jid Address, string Name)>> PageAsync(MucService service, Jid? after, int max, CancellationToken cancellationToken)
    {
        var stored = await store.ListAsync(service.Domain.Domain, new RoomListQuery { After = after, IsPublic = true }, new RoomListPage(max), cancellationToken);
        var all = directory.Live
            .Where(room => room is { IsStored: false, IsGone: false, IsNew: false, IsLocked: false, Configuration.IsPublic: true }
                && room.Address.DomainJid.Equals(service.Domain)
                && (after is null || string.CompareOrdinal(room.Address.ToString(), after.ToString()) > 0))
            .Select(static room => (room.Address, room.Configuration.Name))
            .Concat(stored.Select(static row => (row.Address, row.Name)));
        return
        [
            .. all.DistinctBy(static room => room.Address)
                .OrderBy(static room => room.Address.ToString(), StringComparer.Ordinal)
                .Take(max)
                .Select(static room => (room.Address, room.Name ?? room.Address.Local!)),
        ];
    }
}
