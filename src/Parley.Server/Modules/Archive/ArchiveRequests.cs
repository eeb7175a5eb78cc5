using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Answers what an account asks of its archive: queries, their form, and metadata (XEP-0313 §4, §5).</summary>
internal sealed class ArchiveRequests(IArchiveStore store, ArchivePageReader reader, ArchivePageWriter writer, IOptions<XmppServerOptions> options)
{
    internal async ValueTask<Stanza> QueryAsync(IqRequest request, CancellationToken cancellationToken)
    {
        RequireOwn(request);
        var asked = ArchiveRequest.Parse(request.Payload);
        if (asked.Node is not null)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "There is no such node.");
        }

        var ids = new NamedIds();
        var query = Query(request.To, asked.Filter, ids);
        var paging = Paging(asked.Page ?? new ResultSetRequest(), ids);
        if (!await ids.AreAllInAsync(store, request.To, cancellationToken))
        {
            throw NamedIds.NotFound();
        }

        var page = await reader.ReadAsync(query, paging, cancellationToken);
        if (paging is { Index: not null, Max: > 0 } && page is { Messages.Count: 0, IsComplete: false })
        {
            // There may be such a page, and nobody has counted so far (XEP-0059 §2.6).
            throw new StanzaException(StanzaErrorCondition.FeatureNotImplemented, "The index is too high for so long a result: page by ids.");
        }

        return await writer.SendAsync(request, asked, paging, page, cancellationToken);
    }

    internal static ValueTask<Stanza> FormAsync(IqRequest request, CancellationToken cancellationToken)
    {
        RequireOwn(request);
        return new(request.Result(static writer =>
        {
            writer.Start(MessageArchive.Query);
            ArchiveFilter.Form.WriteTo(writer);
            writer.End();
        }));
    }

    internal async ValueTask<Stanza> MetadataAsync(IqRequest request, CancellationToken cancellationToken)
    {
        RequireOwn(request);
        var bounds = await store.BoundsAsync(request.To, cancellationToken);
        return request.Result(new ArchiveMetadata(End(bounds?.First), End(bounds?.Last)).WriteTo);

        static ArchiveEnd? End(long? id) => id is { } there ? new ArchiveEnd(ArchiveId.ToText(there), ArchiveId.TimeOf(there)) : null;
    }

    /// <summary>Refuses requests about another's archive, the same whether there is such an account or not (XEP-0313 §7.1).</summary>
    /// <exception cref="StanzaException">forbidden.</exception>
    internal static void RequireOwn(IqRequest request)
    {
        if (!request.IsOwn || request.Session is null)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden);
        }
    }

    private static ArchiveQuery Query(Jid owner, ArchiveFilter filter, NamedIds ids)
    {
        var from = filter.Start is { } start ? ArchiveTime.FirstFrom(start) : long.MinValue;
        var to = filter.End is { } end ? ArchiveTime.LastUntil(end) : long.MaxValue;
        if (ids.Add(filter.AfterId) is { } after)
        {
            from = Math.Max(from, after + 1);
        }

        if (ids.Add(filter.BeforeId) is { } before)
        {
            to = Math.Min(to, before - 1);
        }

        return new ArchiveQuery(owner)
        {
            With = filter.With,
            FromId = from,
            ToId = to,
            Ids = filter.Ids?.Select(id => ids.Add(id)!.Value).ToHashSet(),
            Text = filter.FullText,
            IncludeGroupChat = filter.IncludeGroupChat ?? true,
        };
    }

    private ArchivePaging Paging(ResultSetRequest page, NamedIds ids) => new(Math.Min(page.Max ?? options.Value.ArchivePageSize, options.Value.MaxArchivePageSize))
    {
        // An empty one stands before the first message, or behind the last (XEP-0059 §2.2, §2.5).
        After = page.After is { Length: > 0 } after ? ids.Add(after) : null,
        Before = page.Before is { Length: > 0 } before ? ids.Add(before) : null,
        Index = page.Index,
        FromEnd = page.Before is not null,
    };
}
