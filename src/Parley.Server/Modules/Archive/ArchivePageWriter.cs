using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Sends a page of results to the resource that asked, each a message, and then its end (XEP-0313 §4.2, §4.3).</summary>
internal sealed class ArchivePageWriter(GivenMessages given, TimeProvider time)
{
    internal async ValueTask<Stanza> SendAsync(
        IqRequest request, ArchiveRequest asked, ArchivePaging paging, ArchivePage page, CancellationToken cancellationToken)
    {
        var session = request.Session!;
        var found = page.Messages;
        var messages = new ArchiveResultMessages(request.To, request.From, asked.QueryId);
        for (var i = 0; i < found.Count; i++)
        {
            var message = found[asked.FlipPage ? found.Count - 1 - i : i];
            var result = messages.Make(ArchiveId.ToText(message.Id), message.Stanza.Span, ArchiveId.TimeOf(message.Id));
            if (!session.Deliver(result, result.From, result.To, request.Flush, Fallback.None))
            {
                break;
            }

            if (session.Output.IsCongested)
            {
                await session.Output.RelieveAsync(time, cancellationToken);
            }
        }

        // With nothing asked for, nothing was left out only where there is nothing.
        var isComplete = paging.Max == 0 ? page.Count == 0 : page.IsComplete;
        given.Note(session, asked.Filter, paging, found, isComplete);

        // Clients such as slixmpp take a page that ends where the result ends for the last one, also when they page backwards: those pages are given without an
        // index, which is optional here (XEP-0313 §4.3.2).
        // Of others, the index that was asked for, and that of the first page, are known even where nobody counts (XEP-0059 §2.2, §2.6).
        var index = paging.FromEnd ? null : paging.Index ?? (paging.After is null ? 0 : page.FirstIndex);
        var set = found.Count == 0
            ? new ResultSet(Count: page.Count)
            : new ResultSet(ArchiveId.ToText(found[0].Id), ArchiveId.ToText(found[^1].Id), index, page.Count);
        return request.Result(new ArchiveFin(set, isComplete).WriteTo);
    }
}
