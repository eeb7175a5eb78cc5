using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;
using SQLitePCL;
using Xunit;

namespace Parley.Server.Tests.Storage;

/// <summary>How much work queries are for SQLite, in instructions of its virtual machine: what is asked for decides, not what the archive holds beside.</summary>
public sealed class SqliteArchiveWorkTests : IAsyncLifetime
{
    private const int Rows = 20_000;

    // A scan takes five instructions for each row, and more.
    private const int Much = Rows;

    private static readonly Jid Juliet = Jid.Parse("juliet@example.com");
    private static readonly Jid Romeo = Jid.Parse("romeo@example.net");
    private static readonly Jid Nurse = Jid.Parse("nurse@example.com");

    private readonly TemporaryFolder _folder = new();
    private SqlStorage _storage = null!;
    private CountingSource _source = null!;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _source = new(new SqliteDataSource(new SqliteStorageOptions { Path = _folder.File("parley.db") }));
        _storage = new SqlStorage(_source, SqliteDialect.Instance, new SqlStorageOptions());
        await _storage.PrepareAsync(CancellationToken);
        await _storage.Accounts.CreateAsync(Juliet, new StoredCredentials([new ScramKeys(ScramHash.Sha256, [1], 4096, [2], [3])]), CancellationToken);
        for (int start = 1; start <= Rows; start += 1000)
            await Task.WhenAll(Enumerable.Range(start, 1000).Select(id => _storage.Archives.AppendAsync(Entry(id, id == 77 ? Nurse : Romeo), CancellationToken).AsTask()));

        // A search has all rows go to their places first.
        await ReadAsync(new(Juliet) { Text = "any" });
    }

    [Theory]
    [InlineData("nurse@example.com", 1)]
    [InlineData("nobody@example.com", 0)]
    public async Task Whom_one_seldom_writes_to_is_found_without_looking_at_the_others(string with, int found)
    {
        foreach (bool fromEnd in new[] { false, true })
        {
            _source.Instructions = 0;
            Assert.Equal(found, (await ReadAsync(new(Juliet) { With = Jid.Parse(with) }, fromEnd)).Messages.Count);
            Assert.InRange(_source.Instructions, 0, Much);
        }
    }

    [Fact]
    public async Task Ids_are_found_without_looking_at_others()
    {
        long[] ids = [3, 77, 19_000];
        foreach (Jid? with in new[] { null, Romeo })
        {
            _source.Instructions = 0;
            Assert.Equal(with is null ? 3 : 2, (await ReadAsync(new(Juliet) { Ids = ids, With = with, FromId = 2 })).Messages.Count);
            Assert.InRange(_source.Instructions, 0, Much);
        }
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(10_000)]
    public async Task The_last_messages_up_to_a_moment_are_found_without_looking_at_the_others(long upTo)
    {
        // Both in their places and not.
        for (int id = Rows + 1; id <= Rows + 5; id++)
            await _storage.Archives.AppendAsync(Entry(id, Romeo), CancellationToken);
        _source.Instructions = 0;
        ArchivePage page = await _storage.Archives.ReadAsync(new(Juliet) { ToId = upTo }, new(20) { FromEnd = true, IsCounted = false }, CancellationToken);

        Assert.Equal(Math.Min(upTo, Rows + 5), page.Messages[^1].Id);
        Assert.Equal(20, page.Messages.Count);
        Assert.InRange(_source.Instructions, 0, 5_000);
    }

    [Fact]
    public async Task The_rooms_of_an_owner_are_counted_without_looking_at_the_others()
    {
        for (int number = 0; number < 3000; number++)
            await _storage.Rooms.SaveAsync(new RoomRow(Jid.Parse(string.Create(CultureInfo.InvariantCulture, $"r{number}@chat.example.com")), null, null, true, default), CancellationToken);
        await _storage.Rooms.SetMembersAsync(Jid.Parse("r7@chat.example.com"), [new RoomMember(Juliet, MucAffiliation.Owner, null, null)], CancellationToken);
        _source.Instructions = 0;

        Assert.Equal(1, await _storage.Rooms.CountAsync("chat.example.com", new() { Owner = Juliet }, CancellationToken));
        Assert.Equal(5, (await _storage.Rooms.ListAsync("chat.example.com", new() { IsPublic = true, After = Jid.Parse("r3@chat.example.com") }, new(5, FromEnd: true), CancellationToken)).Count);
        Assert.InRange(_source.Instructions, 0, 3_000);
    }

    public async ValueTask DisposeAsync()
    {
        await _storage.DisposeAsync();
        _folder.Dispose();
    }

    private static ArchiveEntry Entry(long id, Jid with) => new(
        id, Encoding.UTF8.GetBytes($"<message id='m{id.ToString(CultureInfo.InvariantCulture)}'/>"), null, null, false, new(Juliet, with), null);

    private ValueTask<ArchivePage> ReadAsync(ArchiveQuery query, bool fromEnd = false) =>
        _storage.Archives.ReadAsync(query, new(50) { FromEnd = fromEnd }, CancellationToken);

    /// <summary>Counts the instructions of all its connections, by the hundred.</summary>
    private sealed class CountingSource(SqliteDataSource inner) : DbDataSource
    {
        private const int Step = 100;
        private long _instructions;

        public long Instructions
        {
            get => Interlocked.Read(ref _instructions);
            set => Interlocked.Exchange(ref _instructions, value);
        }

        public override string ConnectionString => inner.ConnectionString;

        protected override DbConnection CreateDbConnection() => throw new NotSupportedException();

        protected override DbConnection OpenDbConnection()
        {
            var connection = (SqliteConnection)inner.OpenConnection();
            raw.sqlite3_progress_handler(connection.Handle, Step, Count, null);
            return connection;
        }

        protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(OpenDbConnection());

        protected override async ValueTask DisposeAsyncCore()
        {
            await inner.DisposeAsync();
            await base.DisposeAsyncCore();
        }

        private int Count(object state)
        {
            Interlocked.Add(ref _instructions, Step);
            return 0;
        }
    }
}
