using Microsoft.Extensions.Options;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Reads a page by pieces of 50 messages, and no further than half of the bytes that may wait for a client (<see cref="XmppServerOptions.MaxOutputBytes"/>), or one message.</summary>
/// <remarks>A page of the largest messages is so bounded in memory, too. What is left out lies where the client goes on, and the page is not complete.</remarks>
internal sealed class ArchivePageReader(IArchiveStore store, IOptions<XmppServerOptions> options)
{
    private const int Piece = 50;

    internal async ValueTask<ArchivePage> ReadAsync(ArchiveQuery query, ArchivePaging paging, CancellationToken cancellationToken)
    {
        var page = await store.ReadAsync(query, paging with { Max = Math.Min(paging.Max, Piece) }, cancellationToken);
        var bytes = 0;
        var (fitting, isCut) = Fitting(page, paging.FromEnd, ref bytes);
        while (!isCut && !fitting.IsComplete && fitting.Messages.Count < paging.Max && fitting.Messages.Count > 0)
        {
            var rest = paging with { Max = Math.Min(paging.Max - fitting.Messages.Count, Piece), Index = null };
            var next = await store.ReadAsync(
                query, paging.FromEnd ? rest with { Before = fitting.Messages[0].Id } : rest with { After = fitting.Messages[^1].Id }, cancellationToken);
            (next, isCut) = Fitting(next, paging.FromEnd, ref bytes);
            fitting = paging.FromEnd
                ? next with { Messages = [.. next.Messages, .. fitting.Messages], Count = page.Count, FirstIndex = next.FirstIndex ?? fitting.FirstIndex }
                : fitting with { Messages = [.. fitting.Messages, .. next.Messages], IsComplete = next.IsComplete };
        }

        return fitting;
    }

    // One message always fits, or the client would never get beyond it.
    private (ArchivePage Page, bool IsCut) Fitting(ArchivePage page, bool fromEnd, ref int bytes)
    {
        var messages = page.Messages;
        for (var i = 0; i < messages.Count; i++)
        {
            var isFirst = bytes == 0;
            bytes += messages[fromEnd ? messages.Count - 1 - i : i].Stanza.Length;
            if (!isFirst && bytes > options.Value.MaxOutputBytes / 2)
            {
                var start = fromEnd ? messages.Count - i : 0;
                return (page with { Messages = [.. messages.Skip(start).Take(i)], IsComplete = false, FirstIndex = i == 0 ? null : page.FirstIndex + start }, true);
            }
        }

        return (page, false);
    }
}
