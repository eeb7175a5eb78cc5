using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Finds the public rooms of a service by words, or all of them (XEP-0433); by pages.</summary>
/// <remarks>
/// One request looks at 2,000 rooms at most of those that have the words anywhere: by address, beside the room at which its page begins, so that by pages all are found unless 2,000 in a row do not fit;
/// by the number of occupants, the first by address, and who turns pages may miss rooms whose number changes, as the XEP has it. Where occupants are asked for, only rooms with some are looked at.
/// </remarks>
internal sealed class RoomSearch(RoomListing listing, IOptions<MucOptions> options) : IServiceUseCase
{
    private const int PageSize = 50;
    private const int MaxLookedAt = 2000;
    private const int Batch = 200;

    public void Configure(ServiceHandlers handlers) => handlers.OnIq(StanzaType.Get, ChannelSearch.Name, AnswerAsync);

    private async ValueTask<Stanza> AnswerAsync(MucService service, Delivery delivery, XmlElement payload, CancellationToken cancellationToken)
    {
        if (ChannelSearchRequest.Parse(payload) is not { } request)
        {
            return delivery.Stanza.Result(static writer =>
            {
                writer.Start(ChannelSearch.Name);
                ChannelSearch.Form.WriteTo(writer);
                writer.End();
            });
        }

        var words = request.Text is { } text ? RoomWords.Sought(text) : [];
        if (request.Text is not null && words.Count == 0)
        {
            throw new StanzaException(new StanzaError(StanzaErrorCondition.BadRequest, StanzaErrorType.Modify, "There is no word in it.")
            {
                ApplicationCondition = ChannelSearch.InvalidSearchTerms,
            });
        }

        if (request.Page?.Index is not null)
        {
            throw new StanzaException(StanzaErrorCondition.FeatureNotImplemented, "Pages are found by an item beside them.");
        }

        var found = !request.WantsRooms ? []
            : request.IsByAddress ? await ByAddressAsync(service, request, words, cancellationToken)
            : await ByUsersAsync(service, request, words, cancellationToken);
        var items = new List<ChannelSearchItem>();
        foreach (var row in found)
        {
            if (await ItemAsync(row, cancellationToken) is { } item)
            {
                items.Add(item);
            }
        }

        var page = items.Count == 0 ? new ResultSet() : new ResultSet(items[0].Address.ToString(), items[^1].Address.ToString());
        return delivery.Stanza.Result(new ChannelSearchResult(items, page).WriteTo);
    }

    private async ValueTask<IReadOnlyList<RoomRow>> ByAddressAsync(
        MucService service, ChannelSearchRequest request, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var max = Math.Min(request.Page?.Max ?? PageSize, PageSize);
        var isFromEnd = request.Page?.Before is not null;
        var query = new RoomListQuery
        {
            Text = request.Text,
            After = ServiceDisco.AddressOf(request.Page?.After),
            Before = ServiceDisco.AddressOf(request.Page?.Before),
        };
        var found = new List<RoomRow>();
        for (int lookedAt = 0, next = Batch; found.Count < max && lookedAt < MaxLookedAt; lookedAt += next, next = MaxLookedAt - lookedAt)
        {
            var batch = await ReadAsync(service, request, query, new RoomListPage(next, isFromEnd), cancellationToken);
            var fitting = batch.Where(row => Fits(row, request, words));
            if (isFromEnd)
            {
                found.InsertRange(0, fitting.TakeLast(max - found.Count));
            }
            else
            {
                found.AddRange(fitting.Take(max - found.Count));
            }

            if (batch.Count < next)
            {
                break;
            }

            query = isFromEnd ? query with { Before = batch[0].Address } : query with { After = batch[^1].Address };
        }

        return found;
    }

    private async ValueTask<IReadOnlyList<RoomRow>> ByUsersAsync(
        MucService service, ChannelSearchRequest request, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var max = Math.Min(request.Page?.Max ?? PageSize, PageSize);
        var rows = await ReadAsync(service, request, new RoomListQuery { Text = request.Text }, new RoomListPage(MaxLookedAt), cancellationToken);

        // Those of the same number stay in the order of their addresses.
        List<RoomRow> ordered = [.. rows.Where(row => Fits(row, request, words)).OrderByDescending(row => listing.UsersOf(row.Address))];
        var first = Position(ordered, request.Page?.After) is { } after ? after + 1 : 0;
        var end = Position(ordered, request.Page?.Before) ?? ordered.Count;
        return request.Page?.Before is null
            ? [.. ordered.Take(end).Skip(first).Take(max)]
            : [.. ordered.Take(end).Skip(first).TakeLast(max)];
    }

    private static int? Position(List<RoomRow> rows, string? item)
    {
        if (ServiceDisco.AddressOf(item) is not { } address)
        {
            return null;
        }

        var position = rows.FindIndex(row => row.Address.Equals(address));
        return position >= 0 ? position : throw new StanzaException(StanzaErrorCondition.ItemNotFound, "There is no such room in the result.");
    }

    private async ValueTask<IReadOnlyList<RoomRow>> ReadAsync(
        MucService service, ChannelSearchRequest request, RoomListQuery query, RoomListPage page, CancellationToken cancellationToken) =>
        request.MinUsers > 0
            ? listing.ReadInhabited(service.Domain, query, page, request.MinUsers)
            : await listing.ReadAsync(service.Domain, query, page, cancellationToken);

    private static bool Fits(RoomRow row, ChannelSearchRequest request, IReadOnlyList<string> words)
    {
        if (words.Count == 0 || request is { InName: true, InDescription: true, InAddress: true })
        {
            return true;
        }

        // The store looks everywhere; folded by its rules, what is left out here is as if it were not there.
        var text = $"{(request.InAddress ? row.Address.Local : "")} {(request.InName ? row.Name : "")} {(request.InDescription ? row.Description : "")}";
        var folded = string.Join(' ', SearchWords.Of(text).Select(SearchWords.Folded));
        return words.All(word => folded.Contains(word, StringComparison.Ordinal));
    }

    private async ValueTask<ChannelSearchItem?> ItemAsync(RoomRow row, CancellationToken cancellationToken) =>
        await listing.ConfigurationOfAsync(row.Address, options.Value.Configuration, cancellationToken) is { IsPublic: true } configuration
            ? new ChannelSearchItem(row.Address)
            {
                Title = configuration.Name ?? row.Address.Local,
                Description = configuration.Description,
                Language = configuration.Language,
                Users = listing.UsersOf(row.Address),
                ServiceType = ChannelSearch.RoomType,
                IsOpen = configuration is { IsMembersOnly: false, Password: null },
                AnonymityMode = configuration.IsNonAnonymous ? ChannelSearchItem.NoAnonymity : ChannelSearchItem.SemiAnonymous,
            }
            : null;
}
