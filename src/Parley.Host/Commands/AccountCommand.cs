using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Parley.Host.Configuration;
using Parley.Host.Serving;
using Parley.Protocol.Addressing;
using Parley.Server.Accounts;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;
using Parley.Storage.Sqlite;

namespace Parley.Host.Commands;

/// <summary>What the commands on accounts have in common: the configuration, and the storage that it names.</summary>
internal static class AccountCommand
{
    internal static Argument<string> JidArgument() => new("JID") { Description = "The account, such as alice@example.org." };

    internal static Option<string?> PasswordOption() => new("--password")
    {
        HelpName = "PASSWORD",
        Description = "Others on this machine may see it; without, it is read from standard input or asked for.",
    };

    /// <summary>Adds the configuration's options and what the command does with an open storage.</summary>
    internal static Command Runs(this Command command, Func<ParseResult, IServiceProvider, CancellationToken, Task> run)
    {
        var options = new ConfigurationOptions();
        options.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            var configuration = options.Load(result);
            var settings = configuration.HostSettings();
            var services = new ServiceCollection();
            services.AddXmppServer(configuration.ApplyTo);
            services.AddSqliteStorage(settings.DatabasePath);
            await using var provider = services.BuildServiceProvider();
            _ = provider.GetServerOptions();
            PrivateFiles.CreateDirectory(settings.Data);
            await provider.GetRequiredService<SqlStorage>().PrepareAsync(cancellationToken);
            await run(result, provider, cancellationToken);
        });
        return command;
    }

    /// <summary>The account that the command names.</summary>
    /// <exception cref="CommandException">It is no account's address, or of a domain that is not hosted.</exception>
    internal static Jid Account(this ParseResult result, Argument<string> argument, IServiceProvider services)
    {
        var text = result.GetValue(argument)!;
        if (!Jid.TryParse(text, out var jid) || !jid.HasLocal || !jid.IsBare)
        {
            throw new CommandException(ExitCode.Usage, $"'{text}' is no account; it takes a JID such as alice@example.org.");
        }

        var domains = services.GetServerOptions().Domains;
        return domains.Contains(jid.Domain)
            ? jid
            : throw new CommandException(
                ExitCode.Usage, $"{Setting.Name("Domains")}: {jid.Domain} is not among them ({string.Join(", ", domains)}); give this command the options that the server has.");
    }

    /// <summary>Runs what takes a password, and says in one line when it is refused.</summary>
    internal static async Task<bool> TakingPassword(Func<ValueTask<bool>> change)
    {
        try
        {
            return await change();
        }
        catch (PasswordRefusedException e)
        {
            throw new CommandException(ExitCode.Usage, e.Message);
        }
    }

    internal static AccountService Accounts(this IServiceProvider services) => services.GetRequiredService<AccountService>();

    internal static IAccountStore AccountStore(this IServiceProvider services) => services.GetRequiredService<IAccountStore>();

    internal static CommandException NoAccount(Jid account) => new(ExitCode.Failure, $"There is no account {account}.");
}
