using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Parley.Load.Archives;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;

namespace Parley.Load.Scenarios;

/// <summary>
/// Makes a large archive for the history scenario. It writes to parley's own store without the server, which has to be stopped; the
/// account has to exist.
/// </summary>
internal static class FillScenario
{
    private const string Sqlite = "sqlite:";

    public static Command Command(LoadOptions options)
    {
        var store = new Option<string>("--store") { Description = "Parley's store: sqlite:PATH, or the path alone.", Required = true };
        var account = new Option<string>("--account") { Description = "Whose archive: a bare JID.", Required = true };
        var count = LoadOptions.Number("--count", "How many messages.", 1_000_000);
        var days = LoadOptions.Number("--days", "Over how many days up to now they are spread.", 365);
        var searchable = new Option<bool>("--searchable") { Description = "Index their text for search, as the server does." };
        var command = new Command("fill", "Fill an archive in parley's store; the server has to be stopped.") { store, account, count, days, searchable };
        options.Run(command, async (parsed, run, cancellation) =>
        {
            await using var services = new ServiceCollection().AddSqliteStorage(Path(parsed.GetValue(store)!)).BuildServiceProvider();
            var owner = Jid.Parse(parsed.GetValue(account)!);
            var fill = new HistoryFill(
                services.GetRequiredService<IArchiveStore>(),
                owner,
                parsed.GetValue(count),
                TimeSpan.FromDays(parsed.GetValue(days)),
                parsed.GetValue(searchable));
            await services.GetRequiredService<SqlStorage>().PrepareAsync(cancellation);
            if (!await services.GetRequiredService<IAccountStore>().ExistsAsync(owner, cancellation))
                throw new LoadException($"{owner} is no account of this store");
            var filling = new Measurement.Interval(run.Server, run.Store);
            await fill.RunAsync(new Progress<int>(static done => Console.Error.WriteLine(done)), cancellation);
            run.Report.Add("filled", parsed.GetValue(count));
            run.Report.Add("seconds", filling.Seconds);
        });
        return command;
    }

    private static string Path(string store) => store.StartsWith(Sqlite, StringComparison.Ordinal) ? store[Sqlite.Length..] : store;
}
