using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Parley.Host.Configuration;
using Parley.Host.Serving;
using Parley.Host.Stores;
using Parley.Protocol.Addressing;
using Parley.Server.Accounts;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Storage.Sql;

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

    /// <summary>Adds the configuration's options and what the command does with an account, once it is known to be one and the storage is open.</summary>
    internal static Command Runs(
        this Command command, Argument<string> jid, Func<ParseResult, Jid, IServiceProvider, CancellationToken, Task> run, bool createsDatabase = false) =>
        command.Runs((result, options) => Account(result.GetValue(jid)!, options), run, createsDatabase);

    /// <summary>Adds the configuration's options, and what the command does: first find out what it is about, then open the storage.</summary>
    internal static Command Runs<T>(
        this Command command,
        Func<ParseResult, XmppServerOptions, T> find,
        Func<ParseResult, T, IServiceProvider, CancellationToken, Task> run,
        bool createsDatabase = false)
    {
        var options = new ConfigurationOptions();
        options.AddTo(command, shown: ["Domains", nameof(HostSettings.Data), nameof(HostSettings.Store)]);
        command.SetAction(async (result, cancellationToken) =>
        {
            var configuration = options.Load(result);
            var settings = configuration.HostSettings();
            var store = Store.Of(settings);
            var services = new ServiceCollection();
            services.AddXmppServer(configuration.ApplyTo);
            store.AddTo(services);
            await using var provider = services.BuildServiceProvider();
            var found = find(result, provider.GetServerOptions());
            var missing = store is SqliteStore { Exists: false } file ? file : null;
            if (missing is not null && !createsDatabase)
            {
                throw missing.IsMissing();
            }

            PrivateFiles.CreateDirectory(settings.Data);
            await provider.GetRequiredService<SqlStorage>().PrepareAsync(cancellationToken);
            if (missing is not null)
            {
                result.InvocationConfiguration.Output.WriteLine($"created {missing.FullPath}");
            }

            await run(result, found, provider, cancellationToken);
        });
        return command;
    }

    /// <summary>A domain, when it is hosted.</summary>
    /// <exception cref="CommandException">It is not.</exception>
    internal static string Hosted(string domain, XmppServerOptions options) => options.Domains.Contains(domain)
        ? domain
        : throw new CommandException(
            ExitCode.Usage, $"{Setting.Name(nameof(options.Domains))}: {domain} is not among them ({string.Join(", ", options.Domains)}); give this command the options that the server has.");

    private static Jid Account(string text, XmppServerOptions options)
    {
        if (!Jid.TryParse(text, out var jid) || !jid.HasLocal || !jid.IsBare)
        {
            throw new CommandException(ExitCode.Usage, $"'{text}' is no account; it takes a JID such as alice@example.org.");
        }

        Hosted(jid.Domain, options);
        return jid;
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
