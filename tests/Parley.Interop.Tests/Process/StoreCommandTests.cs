using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Parley.Interop.Tests.Storage;
using Parley.Interop.Tests.Wire;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.PostgreSql;
using Parley.Storage.Sqlite;
using Xunit;

namespace Parley.Interop.Tests.Process;

/// <summary>The server on PostgreSQL, and <c>parley store</c>, from outside.</summary>
public sealed class StoreCommandTests : IAsyncLifetime
{
    private static readonly Jid Alice = Jid.Parse("alice@localhost");
    private static readonly Jid Bob = Jid.Parse("bob@localhost");
    private static readonly Jid Coven = Jid.Parse("coven@rooms.localhost");
    private static readonly string[] Tables =
    [
        "account", "roster", "roster_item", "blocked_address", "offline_message", "account_document", "last_activity", "setting", "room", "room_member", "archive_owner", "archive_all", "detached_session",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("parley-store-").FullName;
    private readonly TestTime _time = new(90);
    private string _postgres = "";

    private string Data => Path.Combine(_directory, "data");

    public async ValueTask InitializeAsync() => _postgres = (await PostgreSqlServer.SharedAsync()).CreateDatabase();

    public ValueTask DisposeAsync()
    {
        _time.Dispose();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_copy_there_and_back_has_everything_as_it_was()
    {
        var (first, second) = (Path.Combine(_directory, "first.db"), Path.Combine(_directory, "second.db"));
        await using (var services = await StartAsync(new ServiceCollection().AddSqliteStorage(first)))
        {
            await FillAsync(services);
        }

        var (exitCode, said) = await RunAsync(["store", "copy", $"sqlite:{first}", _postgres]);
        Assert.True(exitCode == 0, said);
        Assert.Contains("archive: 620\n", said, StringComparison.Ordinal);
        Assert.Contains("every table has as many rows here as there", said, StringComparison.Ordinal);
        Assert.Equal((0, "no problems"), await RunAsync(["store", "check", _postgres]));
        await using (var services = await StartAsync(new ServiceCollection().AddPostgreSqlStorage(_postgres)))
        {
            await AssertIsWholeAsync(services);
        }

        (exitCode, said) = await RunAsync(["store", "copy", _postgres, $"sqlite:{second}"]);
        Assert.True(exitCode == 0, said);
        Assert.Equal((0, "no problems"), await RunAsync(["store", "check", $"sqlite:{second}"]));
        foreach (var table in Tables)
        {
            Assert.Equal(Dump(first, table), Dump(second, table));
        }

        await using (var services = await StartAsync(new ServiceCollection().AddSqliteStorage(second)))
        {
            await AssertIsWholeAsync(services);

            // Numbers that were given to what is gone are not given again.
            await services.GetRequiredService<IBlockListStore>().AddAsync(Alice, [Jid.Parse("late@example.org")], _time.Token);
        }

        Assert.EndsWith("late@example.org", Assert.Single(Dump(second, "blocked_address"), static row => row.StartsWith("41|", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_table_is_left_out_of_a_copy()
    {
        var file = Path.Combine(_directory, "parley.db");
        await using (await StartAsync(new ServiceCollection().AddSqliteStorage(file)))
        {
        }

        // New rows of archives come out of the view of both; texts are indexed anew.
        string[] derived = ["schema_version", "sqlite_sequence", "archive", "archive_recent", "archive_moved", "archive_text", "archive_text_new"];
        var all = Query(file, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'archive_search%'");
        Assert.Equal(Tables.Order(StringComparer.Ordinal), all.Except(derived).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_copy_into_what_is_not_empty_is_refused_and_changes_nothing()
    {
        var file = Path.Combine(_directory, "parley.db");
        Assert.Equal(0, (await RunAsync(["user", "add", "alice@localhost", "--password", "one", "--data", Data, "--store", $"sqlite:{file}"])).ExitCode);
        Assert.Equal(0, (await RunAsync(["user", "add", "bob@localhost", "--password", "one", "--data", Data, "--store", _postgres])).ExitCode);

        var (exitCode, said) = await RunAsync(["store", "copy", $"sqlite:{file}", _postgres]);

        Assert.Equal(1, exitCode);
        Assert.Contains("The target is not empty: its table account has 1 rows.", said, StringComparison.Ordinal);
        Assert.Equal((0, "bob@localhost"), await RunAsync(["user", "list", "--data", Data, "--store", _postgres]));
    }

    [Fact]
    public async Task A_store_that_a_server_uses_is_not_copied_and_a_store_that_is_copied_is_not_served()
    {
        var file = $"sqlite:{Path.Combine(Data, "parley.db")}";
        await using (var server = await ServeAsync(_postgres))
        {
            var (exitCode, said) = await RunAsync(["store", "copy", _postgres, $"sqlite:{Path.Combine(_directory, "copy.db")}"]);
            Assert.Equal(1, exitCode);
            Assert.Contains("a running Parley uses it; stop that first.", said, StringComparison.Ordinal);
        }

        await using (var server = await ServeAsync(file))
        {
            Assert.Equal(
                (1, $"parley: {Data} is in use by a running server (pid {server.Id}); stop it, or choose another directory."),
                await RunAsync(["store", "copy", file, $"sqlite:{Path.Combine(_directory, "copy.db")}"]));
        }

        await using var holder = new NpgsqlConnection(_postgres + ";Pooling=false");
        await holder.OpenAsync(_time.Token);
        await using var hold = new NpgsqlCommand($"SELECT pg_advisory_lock({0x7061_726C_6579_0000 + 2})", holder);
        await hold.ExecuteNonQueryAsync(_time.Token);
        var (code, line) = await RunAsync(["serve", "--data", Data, "--store", _postgres, "--bind", "127.0.0.1", "--c2s-port", "0", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "0"]);
        Assert.Equal(1, code);
        Assert.Contains("it is being copied ('parley store copy'); try again when that is done.", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_runs_on_PostgreSQL_and_says_no_password()
    {
        var store = _postgres + ";Password=hidden-word";
        var environment = new Dictionary<string, string> { ["PARLEY__STORE"] = store };
        await using var server = RunningProgram.Start(
            "dotnet", [Repository.Parley, "serve", "--data", Data, "--bind", "127.0.0.1", "--c2s-port", "0", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "0", "--log-level", "trace"], environment);
        await server.LineAsync(line => line == $"storage      {PostgreSqlAddress.Describe(store)}", _time.Token);
        await server.LineAsync(static line => line == "ready", _time.Token);

        Assert.Equal((0, "added alice@localhost"), await RunAsync(["user", "add", "alice@localhost", "--password", "one", "--data", Data], environment));
        Assert.Equal((0, "alice@localhost"), await RunAsync(["user", "list", "--data", Data], environment));
        await server.SignalAsync("TERM");
        Assert.Equal(0, (await server.EndAsync(_time.Token)).ExitCode);
        Assert.DoesNotContain("hidden-word", server.Transcript, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Data, "parley.db")));
    }

    [Fact]
    public async Task An_account_that_is_removed_beside_the_server_is_cut_off_by_it()
    {
        await using var server = await ParleyProcess.StartAsync(_time.Token, ["--store", _postgres]);
        await RegisterAsync(server, "juliet");
        await using var juliet = await StreamClient.LogInAsync(server.DirectTlsPort, "juliet", _time.Token, directTls: true);

        Assert.Equal((0, "removed juliet@localhost"), await RunAsync(["user", "remove", "juliet@localhost", "--data", server.Data, "--store", _postgres]));

        var error = await juliet.ReadAsync(_time.Token);
        Assert.Equal("error", error.Name.LocalName);
        Assert.Equal("not-authorized", error.Elements().First().Name.LocalName);
    }

    [Fact]
    public async Task The_server_outlives_an_outage_of_its_database()
    {
        using var own = new PostgreSqlServer();
        await using var server = await ParleyProcess.StartAsync(_time.Token, ["--store", own.CreateDatabase()]);
        await RegisterAsync(server, "juliet");
        await using var juliet = await StreamClient.LogInAsync(server.DirectTlsPort, "juliet", _time.Token, directTls: true);
        const string Add = "<query xmlns='jabber:iq:roster'><item jid='romeo@localhost'/></query>";

        own.Stop();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal("error", (await juliet.RequestAsync(Add, "set", _time.Token)).Attribute("type")?.Value);
        }

        own.Start();
        Assert.Equal("result", (await juliet.RequestAsync(Add, "set", _time.Token)).Attribute("type")?.Value);
        await RegisterAsync(server, "romeo");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("sqlite:")]
    [InlineData("postgres://u:hidden-word@h/d")]
    [InlineData("Host=h;Passwort=hidden-word")]
    [InlineData("Host=h;Password=hidden;word=x")]
    public async Task A_text_that_names_no_store_is_told_with_what_it_takes_and_is_not_repeated(string text)
    {
        const string Takes =
            "it takes sqlite:PATH, or PostgreSQL's 'Host=HOST;Username=USER;Database=DATABASE', to which Port, Password, Passfile and the like may be added.";

        Assert.Equal((2, $"parley: Store (--store): {Takes}"), await RunAsync(["serve", "--data", Data, "--store", text]));
        Assert.Equal((2, $"parley: Store (--store): {Takes}"), await RunAsync(["user", "list", "--data", Data], new() { ["PARLEY__STORE"] = text }));
        Assert.Equal((2, $"parley: FROM: {Takes}"), await RunAsync(["store", "copy", text, _postgres]));
    }

    [Theory]
    [InlineData("serve --c2s-port 0 --c2s-tls-port 0 --http-port 0 --https-port 0 --bind 127.0.0.1")]
    [InlineData("user list")]
    public async Task A_server_that_does_not_answer_is_told_in_a_line(string command)
    {
        Assert.Equal(
            (1, "parley: PostgreSQL database chat at 127.0.0.1:1: it cannot be reached (Connection refused); see that PostgreSQL runs there and lets this machine in. "
                + "The store is chosen with Store (--store), the data directory with Data (--data)."),
            await RunAsync([.. command.Split(' '), "--data", Data, "--store", "Host=127.0.0.1;Port=1;Username=parley;Password=hidden-word;Database=chat"]));
    }

    [Fact]
    public async Task A_check_tells_what_is_wrong()
    {
        Assert.Equal(1, (await RunAsync(["store", "check", "--data", Data])).ExitCode);
        Assert.Equal(0, (await RunAsync(["user", "add", "alice@localhost", "--password", "one", "--data", Data])).ExitCode);
        Assert.Equal((0, "no problems"), await RunAsync(["store", "check", "--data", Data]));

        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(Data, "parley.db")};Pooling=False;Foreign Keys=False"))
        {
            connection.Open();
            await using var command = new SqliteCommand("INSERT INTO roster (account, version) VALUES ('ghost@localhost', 1)", connection);
            await command.ExecuteNonQueryAsync(_time.Token);
        }

        var (exitCode, said) = await RunAsync(["store", "check", "--data", Data]);
        Assert.Equal(1, exitCode);
        Assert.Contains("roster", said, StringComparison.Ordinal);
        Assert.EndsWith("\n1 problem", said, StringComparison.Ordinal);
    }

    private static List<string> Dump(string file, string table) => Query(file, $"SELECT * FROM {table}");

    private static List<string> Query(string file, string query)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var rows = command.ExecuteReader();
        var all = new List<string>();
        while (rows.Read())
        {
            all.Add(string.Join('|', Enumerable.Range(0, rows.FieldCount).Select(column => rows.GetValue(column) switch
            {
                DBNull => "NULL",
                byte[] bytes => Convert.ToHexString(bytes),
                var value => Convert.ToString(value, CultureInfo.InvariantCulture),
            })));
        }

        all.Sort(StringComparer.Ordinal);
        return all;
    }

    private async Task<ServiceProvider> StartAsync(IServiceCollection services)
    {
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<SqlStorage>().PrepareAsync(_time.Token);
        return provider;
    }

    private async Task FillAsync(ServiceProvider services)
    {
        var credentials = new StoredCredentials([new ScramKeys(ScramHash.Sha256, [1], 4096, [2], [3])]);
        foreach (var account in new[] { Alice, Bob, Jid.Parse("ünï@localhost") })
        {
            await services.GetRequiredService<IAccountStore>().CreateAsync(account, credentials, _time.Token);
        }

        await services.GetRequiredService<IRosterStore>().SetAsync(
            Alice, new RosterItem(Bob, "Böb", Subscription.Both, false, true, ["a\u0001b", "ünï"], "<presence/>"u8.ToArray(), true, 0), _time.Token);
        var blocked = services.GetRequiredService<IBlockListStore>();
        await blocked.AddAsync(Alice, [.. Enumerable.Range(0, 40).Select(static number => Jid.Parse($"b{number}@example.org"))], _time.Token);
        await blocked.RemoveAsync(Alice, [Jid.Parse("b39@example.org")], _time.Token);
        await services.GetRequiredService<IOfflineStore>().AppendAsync(Bob, 77, new byte[] { 0, 255 }, 10, _time.Token);
        await services.GetRequiredService<IAccountDocumentStore>().SetAsync(Bob, "vcard", "", "<vCard/>"u8.ToArray(), 1, _time.Token);
        await services.GetRequiredService<ILastActivityStore>().SetAsync(Bob, new LastActivity(DateTimeOffset.UnixEpoch, null), _time.Token);
        await services.GetRequiredService<ISettingStore>().GetOrAddAsync("key", static () => new byte[] { 1, 2 }, _time.Token);
        await services.GetRequiredService<IDetachedSessionStore>().SaveAsync([new DetachedSession("s", Jid.Parse("bob@localhost/x"), new byte[] { 9 })], _time.Token);
        var rooms = services.GetRequiredService<IRoomStore>();
        await rooms.SaveAsync(new RoomRow(Jid.Parse("gone@rooms.localhost"), null, null, true, default), _time.Token);
        await rooms.RemoveAsync(Jid.Parse("gone@rooms.localhost"), _time.Token);
        await rooms.SaveAsync(new RoomRow(Coven, "Höhle", null, true, new byte[] { 0, 255 }) { IsTemporary = true }, _time.Token);
        await rooms.SetMembersAsync(Coven, [new RoomMember(Alice, MucAffiliation.Owner, null, null), new RoomMember(Bob, MucAffiliation.Outcast, "böb", "Enough")], _time.Token);
        var archives = services.GetRequiredService<IArchiveStore>();
        await Task.WhenAll(Enumerable.Range(401, 20).Select(number => archives.AppendAsync(
            new ArchiveEntry(number, "<message/>"u8.ToArray(), null, $"room{number}", true, new ArchivePlace(Coven, Coven.WithResource("firstwitch")), null), _time.Token).AsTask()));
        await Task.WhenAll(Enumerable.Range(1, 300).Select(number => archives.AppendAsync(
            new ArchiveEntry(number, "<message/>"u8.ToArray(), $"m{number}", number % 3 == 0 ? $"Grüße number{number}" : null, false, new ArchivePlace(Alice, Bob), new ArchivePlace(Bob, Alice)),
            _time.Token).AsTask()));
    }

    private async Task AssertIsWholeAsync(ServiceProvider services)
    {
        var archives = services.GetRequiredService<IArchiveStore>();
        foreach (var owner in new[] { Alice, Bob })
        {
            Assert.Equal(new ArchiveBounds(1, 300), await archives.BoundsAsync(owner, _time.Token));
            Assert.Equal(100, (await archives.ReadAsync(new ArchiveQuery(owner) { Text = "grüße" }, new ArchivePaging(1), _time.Token)).Count);
            Assert.Equal([42], (await archives.ReadAsync(new ArchiveQuery(owner) { Text = "NUMBER42 grüße" }, new ArchivePaging(5), _time.Token)).Messages.Select(static message => message.Id));
        }

        Assert.Equal(new ArchiveBounds(401, 420), await archives.BoundsAsync(Coven, _time.Token));
        var rooms = services.GetRequiredService<IRoomStore>();
        Assert.Equal(2, (await rooms.FindAsync(Coven, _time.Token))?.Members.Count);
        Assert.Equal([Coven], (await rooms.ListAsync("rooms.localhost", new RoomListQuery { Text = "hohle", Owner = Alice }, new RoomListPage(5), _time.Token)).Select(static room => room.Address));
        Assert.Equal(39, (await services.GetRequiredService<IBlockListStore>().LoadAsync(Alice, _time.Token)).Count);
        Assert.Equal(420, await archives.HighestIdAsync(_time.Token));
    }

    private async Task RegisterAsync(ParleyProcess server, string user)
    {
        await using var registration = await StreamClient.ConnectAsync(server.DirectTlsPort, _time.Token, directTls: true);
        await registration.RegisterAsync(user, _time.Token);
    }

    private async Task<RunningProgram> ServeAsync(string store)
    {
        var program = RunningProgram.Start(
            "dotnet", [Repository.Parley, "serve", "--data", Data, "--store", store, "--bind", "127.0.0.1", "--c2s-port", "0", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "0"]);
        await program.LineAsync(static line => line == "ready", _time.Token);
        return program;
    }

    private async Task<(int ExitCode, string Said)> RunAsync(string[] arguments, Dictionary<string, string>? environment = null)
    {
        await using var program = RunningProgram.Start("dotnet", [Repository.Parley, .. arguments], environment);
        await program.InputAsync("", _time.Token);
        var (exitCode, _) = await program.EndAsync(_time.Token);
        return (exitCode, program.Transcript.Trim());
    }
}
