using System.Globalization;
using System.Text;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;

namespace Parley.Load.Archives;

/// <summary>Appends made-up messages to one account's archive, spread evenly over the past, as fast as the store takes them.</summary>
internal sealed class HistoryFill(IArchiveStore archive, Jid owner, int count, TimeSpan past, bool searchable)
{
    // Enough for the store's writer to make large transactions of, far below what it refuses at.
    private const int InFlight = 4096;
    private const int Contacts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly DateTimeOffset _start = DateTimeOffset.UtcNow - past;
    private readonly Jid[] _contacts =
        [.. Enumerable.Range(0, Contacts).Select(i => Jid.Parse(string.Create(CultureInfo.InvariantCulture, $"contact{i}@{owner.Domain}/load")))];

    /// <summary>Returns when all are durable; tells now and then how many are.</summary>
    public async Task RunAsync(IProgress<int> progress, CancellationToken cancellation)
    {
        var appending = new Queue<Task>(InFlight);
        for (var i = 0; i < count; i++)
        {
            if (appending.Count == InFlight)
                await appending.Dequeue();
            appending.Enqueue(AppendAsync(Entry(i), cancellation));
            if (i % 100_000 == 0)
                progress.Report(i);
        }

        await Task.WhenAll(appending);
    }

    private async Task AppendAsync(ArchiveEntry entry, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await archive.AppendAsync(entry, cancellation);
                return;
            }
            catch (StorageOverloadedException)
            {
                await Task.Delay(Pause, cancellation);
            }
        }
    }

    private ArchiveEntry Entry(int number)
    {
        var contact = _contacts[number % Contacts];
        var (from, to) = number / Contacts % 2 == 0 ? (contact, owner) : (owner, contact);
        var body = string.Create(CultureInfo.InvariantCulture, $"message {number} of {count}: the quick brown fox jumps over the lazy dog and again and again");
        var id = string.Create(CultureInfo.InvariantCulture, $"m{number}");
        var stanza = $"<message xmlns='jabber:client' from='{from}' to='{to}' type='chat' id='{id}'><body>{body}</body></message>";
        return new ArchiveEntry(
            ArchiveId.At(_start + (past * ((double)number / count))) + (number % 2048),
            Encoding.UTF8.GetBytes(stanza),
            id,
            searchable ? body : null,
            IsGroupChat: false,
            new ArchivePlace(owner, contact),
            Second: null);
    }
}
