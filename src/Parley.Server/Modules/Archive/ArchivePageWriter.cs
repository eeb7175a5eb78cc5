using Microsoft.Extensions.Options;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Sends a page of results to the resource that asked, each a message, and then its end (XEP-0313 §4.2, §4.3).</summary>
/// <remarks>A page has at most half of the bytes that may wait for a client (<see cref="XmppServerOptions.MaxOutputBytes"/>), or one message; the rest is the next page's.</remarks>
internal sealed class ArchivePageWriter(GivenMessages given, IOptions<XmppServerOptions> options, TimeProvider time)
{
    internal async ValueTask<Stanza> SendAsync(
        IqRequest request, ArchiveRequest asked, ArchivePaging paging, ArchivePage page, CancellationToken cancellationToken)
    {
        var (start, count) = Fitting(page.Messages, paging.FromEnd);
        var session = request.Session!;
        var messages = new ArchiveResultMessages(request.To, request.From, asked.QueryId);
        for (var i = 0; i < count; i++)
        {
            var message = page.Messages[asked.FlipPage ? start + count - 1 - i : start + i];
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
        var isComplete = paging.Max == 0 ? page.Count == 0 : page.IsComplete && count == page.Messages.Count;
        given.Note(session, asked.Filter, paging, page.Messages.Skip(start).Take(count), isComplete);
        var set = count == 0
            ? new ResultSet(Count: page.Count)
            : new ResultSet(ArchiveId.ToText(page.Messages[start].Id), ArchiveId.ToText(page.Messages[start + count - 1].Id), page.FirstIndex + start, page.Count);
        return request.Result(new ArchiveFin(set, isComplete).WriteTo);
    }

    // What is cut off lies where the client goes on.
    private (int Start, int Count) Fitting(IReadOnlyList<ArchivedMessage> messages, bool fromEnd)
    {
        var bytes = 0;
        for (var i = 0; i < messages.Count; i++)
        {
            bytes += messages[fromEnd ? messages.Count - 1 - i : i].Stanza.Length;
            if (i > 0 && bytes > options.Value.MaxOutputBytes / 2)
            {
                return (fromEnd ? messages.Count - i : 0, i);
            }
        }

        return (0, messages.Count);
    }
}
