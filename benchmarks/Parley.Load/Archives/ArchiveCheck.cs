using System.Text;
using Parley.Load.Connections;
using Parley.Load.Scenarios;

namespace Parley.Load.Archives;

/// <summary>
/// Whether a server archived a chat run for both sides. Where it counts, each archive has to have grown by what its owner sent and
/// received; in any case the newest page has to hold the last message that the owner sent and the last that it received.
/// </summary>
/// <remarks>It logs in for itself, so that it is no part of what is measured.</remarks>
internal sealed class ArchiveCheck
{
    private const int PageSize = 50;
    private readonly LoadRun _run;
    private readonly long?[] _before;

    private ArchiveCheck(LoadRun run, int clients)
    {
        _run = run;
        _before = new long?[clients];
    }

    public static async Task<ArchiveCheck> BeginAsync(LoadRun run, int clients, CancellationToken cancellation)
    {
        var check = new ArchiveCheck(run, clients);
        await Crowd.EachAsync(
            run, clients, async (i, token) => check._before[i] = (await check.NewestAsync(i, 1, token)).Count, cancellation);
        return check;
    }

    public async Task EndAsync(ChatSide[] sides, CancellationToken cancellation)
    {
        var (archives, counted, missing, incomplete) = (0, 0L, 0L, 0);
        await Crowd.EachAsync(
            _run,
            sides.Length,
            async (i, token) =>
            {
                var page = await NewestAsync(i, PageSize, token);
                if (!HoldsLast(page, sides[i]) || !HoldsLast(page, sides[i].Peer))
                    Interlocked.Increment(ref incomplete);
                if (page.Count - _before[i] is not { } grown)
                    return;
                Interlocked.Increment(ref archives);
                Interlocked.Add(ref counted, grown);
                Interlocked.Add(ref missing, Math.Abs(sides[i].Sent + sides[i].Received - grown));
            },
            cancellation);
        _run.Report.Add("archives_counted", archives);
        _run.Report.Add("archived", counted);
        _run.Report.Add("archived_wrongly", missing);
        _run.Report.Add("archives_without_last", incomplete);
        if (missing > 0 || incomplete > 0)
            _run.Report.Fault("messages are not in the archives of both sides");
    }

    private static bool HoldsLast(HistoryPage page, ChatSide sender) =>
        sender.Sent == 0 || page.Results.Any(result =>
            NumberedMessage.TryRead(Encoding.UTF8.GetBytes(result), out var from, out var number, out _)
            && from == sender.Index && number == sender.Sent - 1);

    private async Task<HistoryPage> NewestAsync(int client, int max, CancellationToken cancellation)
    {
        var connection = await Negotiation.LogInAsync(_run.Target with { Managed = false }, client, presence: false, cancellation);
        var page = await new HistoryClient(connection).BeforeAsync("", max, cancellation);
        await connection.CloseAsync(cancellation);
        return page;
    }
}
