using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Parley.Host.Stores;
using Parley.Server.Storage.Sql;

namespace Parley.Host.Commands;

/// <summary><c>parley store copy FROM TO</c>: everything that is kept, in either direction, all or nothing.</summary>
internal static class StoreCopyCommand
{
    private const string Form = "sqlite:PATH, or 'Host=…;Username=…;Database=…' for PostgreSQL";

    internal static Command Create()
    {
        var from = new Argument<string>("FROM") { Description = $"The store to copy, which stays as it is: {Form}." };
        var to = new Argument<string>("TO") { Description = $"An empty store: {Form}." };
        var command = new Command("copy", "Copy everything from one store into an empty one; no server may use them meanwhile.") { from, to };
        command.SetAction((result, cancellationToken) => RunAsync(
            Store.OfArgument("FROM", result.GetValue(from)!),
            Store.OfArgument("TO", result.GetValue(to)!),
            result.InvocationConfiguration.Output,
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(Store from, Store to, TextWriter output, CancellationToken cancellationToken)
    {
        if (from is SqliteStore { Exists: false } missing)
        {
            throw new CommandException(ExitCode.Failure, $"FROM: there is no database {missing.FullPath}.");
        }

        if (from.IsSameAs(to))
        {
            throw new CommandException(ExitCode.Usage, "FROM and TO are the same store.");
        }

        using var heldFrom = from.TakeAlone();
        using var heldTo = (from, to) is (SqliteStore { Directory: var one }, SqliteStore { Directory: var other }) && one == other ? null : to.TakeAlone();
        await using var source = Open(from);
        await using var target = Open(to);
        await source.GetRequiredService<SqlStorage>().PrepareAsync(cancellationToken);
        await target.GetRequiredService<SqlStorage>().PrepareAsync(cancellationToken);
        var copy = new SqlCopy(source.GetRequiredService<SqlStorage>(), target.GetRequiredService<SqlStorage>());
        var tables = await CopyDisplay.RunAsync(output, told => copy.RunAsync(told, cancellationToken));
        await output.WriteLineAsync($"copied {tables.Sum(static table => table.Rows)} rows of {tables.Count} tables from {from.Description} to {to.Description}; every table has as many rows here as there");
    }

    private static ServiceProvider Open(Store store)
    {
        var services = new ServiceCollection();
        store.AddTo(services);
        return services.BuildServiceProvider();
    }
}
