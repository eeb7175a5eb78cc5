using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;

namespace Parley.Benchmarks;

/// <summary>What an archive in SQLite costs: <c>archive append [SECONDS]</c>, or <c>archive read [MESSAGES] [OWNERS]</c>.</summary>
/// <remarks>Figures are the processor time of the whole process, in a folder of its own that is removed afterwards.</remarks>
internal sealed class ArchiveScenario : IAsyncDisposable
{
    private const int Writers = 400;
    private const int Peers = 50;

    private static readonly string[] Words = [.. Enumerable.Range(0, 20_000).Select(static number => Word(number))];

    private readonly string _folder = Directory.CreateTempSubdirectory("parley-archive").FullName;
    private readonly string _path;
    private readonly SqlStorage _storage;
    private readonly ArchiveId _ids = new(TimeProvider.System);

    private ArchiveScenario()
    {
        _path = Path.Combine(_folder, "parley.db");
        _storage = new SqlStorage(
            new SqliteDataSource(new SqliteStorageOptions { Path = _path }), SqliteDialect.Instance, new SqlStorageOptions());
    }

    public static async Task RunAsync(string[] args)
    {
        await using var scenario = new ArchiveScenario();
        await scenario._storage.PrepareAsync(CancellationToken.None);
        if (args is ["append", ..])
            await scenario.AppendAsync(TimeSpan.FromSeconds(Number(args, 1, 20)), withText: !args.Contains("--no-text"));
        else
            await scenario.ReadAsync(Number(args, 1, 10_000_000), Number(args, 2, 400));
    }

    public async ValueTask DisposeAsync()
    {
        await _storage.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int Number(string[] args, int index, int otherwise) =>
        args.Length > index && int.TryParse(args[index], CultureInfo.InvariantCulture, out int number) ? number : otherwise;

    private static Jid Owner(int number) => Jid.Parse($"user{number}@example.org");

    // Letters alone, so that each is a word.
    private static string Word(int number)
    {
        var word = new StringBuilder();
        for (int rest = number + 26; rest > 0; rest /= 26)
            word.Append((char)('a' + (rest % 26)));
        return word.ToString();
    }

    // Few words are frequent, most are rare.
    private static string Body(Random random)
    {
        var body = new StringBuilder(128);
        while (body.Length < 120)
            body.Append(Words[(int)Math.Pow(Words.Length, random.NextDouble()) - 1]).Append(' ');
        return body.ToString();
    }

    private static byte[] Message(Jid from, Jid to, string id, string body) => Encoding.UTF8.GetBytes(
        $"<message xmlns='jabber:client' from='{from}' to='{to}' type='chat' id='{id}'><body>{body}</body>"
        + "<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/></message>");

    private async Task AppendAsync(TimeSpan duration, bool withText)
    {
        await CreateAsync(Writers);
        long appended = 0;
        TimeSpan measured = TimeSpan.Zero;
        (string Body, byte[] Stanza)[][] messages = [.. Enumerable.Range(0, Writers).Select(static writer =>
        {
            var random = new Random(writer);
            Jid from = Jid.Parse($"user{writer}@example.org/phone");
            Jid to = Jid.Parse($"user{writer ^ 1}@example.org/laptop");
            return Enumerable.Range(0, 64).Select(_ => Body(random)).Select(body => (body, Message(from, to, "b5f1c1d0-1234", body))).ToArray();
        })];

        for (TimeSpan left = duration; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(5))
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            DateTime end = DateTime.UtcNow.AddSeconds(5);
            long[] counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer, messages[writer], withText, end))));
            appended += counts.Sum();
            TimeSpan used = Environment.CpuUsage.TotalTime - before;
            measured += used;
            Console.WriteLine($"{counts.Sum() / 5.0,10:N0} messages/s {used.TotalMicroseconds / counts.Sum(),8:N1} us of CPU each (total user {Environment.CpuUsage.UserTime.TotalSeconds:N1} s, kernel {Environment.CpuUsage.PrivilegedTime.TotalSeconds:N1} s); {appended:N0} in all");
        }

        await _storage.DisposeAsync();
        Console.WriteLine($"appended {appended:N0} messages to two archives each: {measured.TotalMicroseconds / appended:N1} us of CPU, {new FileInfo(_path).Length / appended:N0} bytes of file each");
    }

    private async Task<long> WriteAsync(int writer, (string Body, byte[] Stanza)[] messages, bool withText, DateTime end)
    {
        Jid from = Jid.Parse($"user{writer}@example.org/phone");
        Jid to = Jid.Parse($"user{writer ^ 1}@example.org/laptop");
        long count = 0;
        for (; DateTime.UtcNow < end; count++)
        {
            (string body, byte[] stanza) = messages[count % messages.Length];
            await _storage.Archives.AppendAsync(
                new ArchiveEntry(_ids.Next(), stanza, "b5f1c1d0-1234", withText ? body : null, false, new(from.Bare, to), new(to.Bare, from)),
                CancellationToken.None);
        }

        return count;
    }

    private async Task ReadAsync(int messages, int owners)
    {
        await CreateAsync(owners);
        for (int owner = 0; owner < owners; owner++)
            await _storage.Archives.AppendAsync(new ArchiveEntry(1, default, null, null, false, new(Owner(owner), Owner(0)), null), CancellationToken.None);
        Generate(messages, owners);
        Console.WriteLine($"{messages:N0} messages in the archives of {owners:N0}: {new FileInfo(_path).Length / messages:N0} bytes of file each");

        var random = new Random(1);
        foreach ((string name, Func<(ArchiveQuery, ArchivePaging)> ask) in new (string, Func<(ArchiveQuery, ArchivePaging)>)[]
        {
            ("the middle", () => (new(Some()), new(50) { After = Middle() })),
            ("the middle, with a bare JID", () => (new(Some()) { With = Jid.Parse($"peer{random.Next(Peers)}@example.org") }, new(50) { After = Middle() })),
            ("the middle, with a full JID", () => (new(Some()) { With = Jid.Parse($"peer{random.Next(Peers)}@example.org/phone") }, new(50) { After = Middle() })),
            ("from a time on", () => (new(Some()) { FromId = Middle() }, new(50))),
            ("the end", () => (new(Some()), new(50) { FromEnd = true })),
        })
        {
            for (int warm = 0; warm < 50; warm++)
                await Once(ask());
            const int Pages = 500;
            int found = 0;
            TimeSpan before = Environment.CpuUsage.TotalTime;
            DateTime start = DateTime.UtcNow;
            for (int page = 0; page < Pages; page++)
                found += await Once(ask());
            TimeSpan used = Environment.CpuUsage.TotalTime - before;
            Console.WriteLine($"{name,-28} {used.TotalMicroseconds / Pages,8:N0} us of CPU, {(DateTime.UtcNow - start).TotalMicroseconds / Pages,8:N0} us a page of {(double)found / Pages:N1}");
        }

        Jid Some() => Owner(random.Next(owners));
        long Middle() => 2048L * (long)(messages * (0.1 + (0.8 * random.NextDouble())));
    }

    private async Task<int> Once((ArchiveQuery Query, ArchivePaging Paging) asked) =>
        (await _storage.Archives.ReadAsync(asked.Query, asked.Paging, CancellationToken.None)).Messages.Count;

    private async Task CreateAsync(int accounts)
    {
        var credentials = new StoredCredentials([new ScramKeys(ScramHash.Sha256, [1], 4096, [2], [3])]);
        await Task.WhenAll(Enumerable.Range(0, accounts).Select(number =>
            _storage.Accounts.CreateAsync(Owner(number), credentials, CancellationToken.None).AsTask()));
    }

    // As they would lie after years: in the order of time, each in its owner's archive.
    private void Generate(int messages, int owners)
    {
        string body = Body(new Random(1));
        byte[] stanza = Message(Owner(1), Owner(2), "b5f1c1d0-1234", body);
        using var connection = new SqliteConnection($"Data Source={_path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = "PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; PRAGMA foreign_keys=OFF";
        command.ExecuteNonQuery();
        command.CommandText = """
            WITH RECURSIVE n(i) AS (SELECT @from UNION ALL SELECT i + 1 FROM n WHERE i < @to)
            INSERT INTO archive (owner, id, peer, resource, message_hash, groupchat, stanza)
                SELECT 1 + i % @owners, i * 2048 + 2, 'peer' || (i / @owners % @peers) || '@example.org', 'phone', i, 0, @stanza FROM n
            """;
        command.Parameters.AddWithValue("@owners", owners);
        command.Parameters.AddWithValue("@peers", Peers);
        command.Parameters.AddWithValue("@stanza", stanza);
        SqliteParameter from = command.Parameters.AddWithValue("@from", 0L);
        SqliteParameter to = command.Parameters.AddWithValue("@to", 0L);
        const int Step = 200_000;
        for (long start = 0; start < messages; start += Step)
        {
            from.Value = start;
            to.Value = Math.Min(messages, start + Step) - 1;
            command.ExecuteNonQuery();
        }
    }
}
