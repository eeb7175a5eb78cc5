using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Parley.Host.Configuration;
using Parley.Host.Stores;
using Parley.Server.Storage;

namespace Parley.Host.Commands;

/// <summary><c>parley store check [STORE]</c>: one line for each thing that is wrong.</summary>
internal static class StoreCheckCommand
{
    internal static Command Create()
    {
        var named = new Argument<string?>("STORE")
        {
            Description = "sqlite:PATH, or 'Host=…;Username=…;Database=…' for PostgreSQL. Default: the store of the configuration.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var options = new ConfigurationOptions();
        var command = new Command("check", "Read all of the store, whether the server runs or not, and list what is wrong with it.") { named };
        options.AddTo(command, shown: [nameof(HostSettings.Data), nameof(HostSettings.Store)]);
        command.SetAction(async (result, cancellationToken) =>
        {
            var store = result.GetValue(named) is { } text ? Store.OfArgument("STORE", text) : Store.Of(options.Load(result).HostSettings());
            if (store is SqliteStore { Exists: false } missing)
            {
                throw missing.IsMissing();
            }

            var services = new ServiceCollection();
            store.AddTo(services);
            await using var provider = services.BuildServiceProvider();
            var problems = await provider.GetRequiredService<IStorageCheck>().CheckAsync(cancellationToken);
            foreach (var problem in problems)
            {
                await result.InvocationConfiguration.Output.WriteLineAsync(problem);
            }

            await result.InvocationConfiguration.Output.WriteLineAsync(problems.Count switch
            {
                0 => "no problems",
                1 => "1 problem",
                var count => $"{count} problems",
            });
            return problems.Count == 0 ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }
}
