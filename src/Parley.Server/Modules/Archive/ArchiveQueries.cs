using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Answers what is asked of an archive, whoever owns it: queries and metadata (XEP-0313 §4, §5). Whether it may be asked is the caller's to know.</summary>
internal sealed class ArchiveQueries(IArchiveStore store, ArchivePageReader reader, IOptions<XmppServerOptions> options)
{
    /// <summary>Answers a query of the archive of the address that it is for.</summary>
    /// <exception cref="StanzaException">As <see cref="ArchiveRequest.Parse"/> does; item-not-found: an id that the archive does not hold, or a node;
    /// feature-not-implemented: an index too high.</exception>
    internal async ValueTask<Stanza> QueryAsync(Stanza iq, XmlElement payload, IArchiveReceiver receiver, CancellationToken cancellationToken)
    {
        var owner = iq.To!;
        var asked = ArchiveRequest.Parse(payload);
        if (asked.Node is not null)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "There is no such node.");
        }

        var ids = new NamedIds();
        var query = receiver.Narrow(Query(owner, asked.Filter, ids));
        var paging = Paging(asked.Page ?? new ResultSetRequest(), ids);
        if (!await ids.AreAllInAsync(store, owner, cancellationToken))
        {
            throw NamedIds.NotFound();
        }

        var page = await reader.ReadAsync(query, paging, cancellationToken);
        if (paging is { Index: not null, Max: > 0 } && page is { Messages.Count: 0, IsComplete: false })
        {
            // There may be such a page, and nobody has counted so far (XEP-0059 §2.6).
            throw new StanzaException(StanzaErrorCondition.FeatureNotImplemented, "The index is too high for so long a result: page by ids.");
        }

        return await ArchivePageWriter.SendAsync(iq, asked, paging, page, receiver, cancellationToken);
    }

    /// <summary>Answers a request for metadata of the archive of the address that it is for.</summary>
    internal async ValueTask<Stanza> MetadataAsync(Stanza iq, CancellationToken cancellationToken)
    {
        var bounds = await store.BoundsAsync(iq.To!, cancellationToken);
        return iq.Result(new ArchiveMetadata(End(bounds?.First), End(bounds?.Last)).WriteTo);

        static ArchiveEnd? End(long? id) => id is { } there ? new ArchiveEnd(ArchiveId.ToText(there), ArchiveId.TimeOf(there)) : null;
    }

    /// <summary>Answers a request for the form of queries (§4.1.5).</summary>
    internal static Stanza Form(Stanza iq, DataForm form) => iq.Result(writer =>
    {
        writer.Start(MessageArchive.Query);
        form.WriteTo(writer);
        writer.End();
    });

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
