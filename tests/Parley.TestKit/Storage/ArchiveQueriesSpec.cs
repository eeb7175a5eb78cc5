using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Storage.InMemory;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>Random queries among random changes find in every <see cref="IArchiveStore"/> what they find in the one in memory, which is simple enough to be believed.</summary>
public abstract class ArchiveQueriesSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private const long MaxId = 400;

    private static readonly string[] Words = ["light", "Sun", "mön", "o1", "owners", "AND", "42", "the"];
    private static readonly Jid Room = Jid.Parse("room@chat.example.com");
    private static readonly Jid[] Others =
    [
        Juliet, Romeo, Jid.Parse("juliet@example.com/balcony"), Jid.Parse("romeo@example.net/orchard"), Jid.Parse("romeo@example.net/mantua"), Jid.Parse("capulet@example.org"),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_query_finds_the_same_as_in_memory(int seed)
    {
        await using ServiceProvider memory = new ServiceCollection().AddInMemoryStorage().BuildServiceProvider();
        await memory.GetRequiredService<IAccountStore>().CreateAsync(Juliet, Credentials(), CancellationToken);
        await memory.GetRequiredService<IAccountStore>().CreateAsync(Romeo, Credentials(), CancellationToken);
        foreach (IRoomStore rooms in new[] { memory.GetRequiredService<IRoomStore>(), Store<IRoomStore>() })
            await rooms.SaveAsync(new RoomRow(Room, null, null, true, default), CancellationToken);
        IArchiveStore[] both = [memory.GetRequiredService<IArchiveStore>(), Store<IArchiveStore>()];
        var random = new Random(seed);
        var ids = new Stack<long>(Enumerable.Range(0, (int)MaxId).Select(static id => (long)id).OrderBy(_ => random.Next()));

        for (int step = 0; step < 600; step++)
        {
            int kind = random.Next(100);
            if (kind < 50)
            {
                ArchiveEntry entry = Entry(random, ids.Pop());
                await Task.WhenAll(both.Select(store => store.AppendAsync(entry, CancellationToken).AsTask()));
            }
            else if (kind < 55)
            {
                (Jid owner, long id) = (Owner(random), random.NextInt64(MaxId));
                await Same(both, step, store => store.ReplaceAsync(owner, id, "<tombstone/>"u8.ToArray(), CancellationToken), static replaced => replaced);
            }
            else if (kind < 56)
            {
                (Jid owner, int keep) = (Owner(random), random.Next(60));
                await Same(both, step, store => store.TrimAsync(owner, keep, 10, CancellationToken), static removed => removed);
            }
            else
            {
                (ArchiveQuery query, ArchivePaging paging) = (Query(random), Paging(random));
                await Same(
                    both,
                    step,
                    store => store.ReadAsync(query, paging, CancellationToken),
                    page => ($"{query} {paging} {string.Join(' ', query.Ids ?? [])}", string.Join(' ', page.Messages.Select(static message => $"{message.Id}{Encoding.UTF8.GetString(message.Stanza.Span)}")), page.IsComplete, page.Count, page.FirstIndex));
            }
        }
    }

    private static async Task Same<TResult, TSeen>(IArchiveStore[] both, int step, Func<IArchiveStore, ValueTask<TResult>> ask, Func<TResult, TSeen> see) =>
        Assert.Equal((step, see(await ask(both[0]))), (step, see(await ask(both[1]))));

    private static ArchiveEntry Entry(Random random, long id)
    {
        (Jid first, Jid second) = random.Next(3) switch
        {
            0 => (Juliet, Romeo),
            1 => (Romeo, Juliet),
            _ => (Room, Juliet),
        };
        return new ArchiveEntry(
            id,
            Encoding.UTF8.GetBytes($"<message id='m{id}'/>"),
            $"m{id}",
            random.Next(5) == 0 ? null : Text(random, 6),
            random.Next(4) == 0,
            new(first, Other(random)),
            random.Next(2) == 0 ? null : new(second, Other(random)));
    }

    private static ArchiveQuery Query(Random random) => new(Owner(random))
    {
        With = random.Next(3) == 0 ? Other(random) : null,
        FromId = random.Next(3) == 0 ? random.NextInt64(MaxId) : long.MinValue,
        ToId = random.Next(3) == 0 ? random.NextInt64(MaxId) : long.MaxValue,
        Ids = random.Next(5) == 0 ? [.. Enumerable.Range(0, random.Next(40)).Select(_ => random.NextInt64(MaxId)).Distinct()] : null,
        Text = random.Next(3) == 0 ? Text(random, 2) : null,
        IncludeGroupChat = random.Next(3) != 0,
    };

    private static ArchivePaging Paging(Random random) => random.Next(4) == 0
        ? new(random.Next(12)) { Index = random.Next(30) }
        : new(random.Next(12))
        {
            After = random.Next(4) == 0 ? Extreme(random) : null,
            Before = random.Next(4) == 0 ? Extreme(random) : null,
            FromEnd = random.Next(2) == 0,
            IsCounted = random.Next(4) != 0,
        };

    private static long Extreme(Random random) => random.Next(8) switch
    {
        0 => long.MinValue,
        1 => long.MaxValue,
        _ => random.NextInt64(MaxId),
    };

    private static Jid Owner(Random random) => random.Next(3) switch
    {
        0 => Juliet,
        1 => Romeo,
        _ => Room,
    };

    private static Jid Other(Random random) => Others[random.Next(Others.Length)];

    private static string Text(Random random, int most) => string.Join(' ', Enumerable.Range(0, random.Next(most + 1)).Select(_ => Words[random.Next(Words.Length)]));
}
