using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Sends a page of results to whoever asked, each a message, and makes its end (XEP-0313 §4.2, §4.3).</summary>
internal static class ArchivePageWriter
{
    /// <summary>Sends the page.</summary>
    /// <returns>The answer to the query.</returns>
    internal static async ValueTask<Stanza> SendAsync(
        Stanza query, ArchiveRequest asked, ArchivePaging paging, ArchivePage page, IArchiveReceiver receiver, CancellationToken cancellationToken)
    {
        var found = page.Messages;
        var messages = new ArchiveResultMessages(query.To!, query.From!, asked.QueryId);
        for (var i = 0; i < found.Count; i++)
        {
            var message = found[asked.FlipPage ? found.Count - 1 - i : i];
            var result = messages.Make(ArchiveId.ToText(message.Id), receiver.Show(message).Span, ArchiveId.TimeOf(message.Id));
            if (!await receiver.SendAsync(result, cancellationToken))
            {
                break;
            }
        }

        // With nothing asked for, nothing was left out only where there is nothing.
        var isComplete = paging.Max == 0 ? page.Count == 0 : page.IsComplete;
        receiver.Note(asked.Filter, paging, found, isComplete);

        // Clients such as slixmpp take a page that ends where the result ends for the last one, also when they page backwards: those pages are given without an
        // index, which is optional here (XEP-0313 §4.3.2).
        // Of others, the index that was asked for, and that of the first page, are known even where nobody counts (XEP-0059 §2.2, §2.6).
        var index = paging.FromEnd ? null : paging.Index ?? (paging.After is null ? 0 : page.FirstIndex);
        var set = found.Count == 0
            ? new ResultSet(Count: page.Count)
            : new ResultSet(ArchiveId.ToText(found[0].Id), ArchiveId.ToText(found[^1].Id), index, page.Count);
        return query.Result(new ArchiveFin(set, isComplete).WriteTo);
    }
}
