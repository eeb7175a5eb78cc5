using System.CommandLine;

namespace Parley.Host.Commands;

/// <summary><c>parley user add JID</c>.</summary>
internal static class UserAddCommand
{
    internal static Command Create()
    {
        var jid = AccountCommand.JidArgument();
        var password = AccountCommand.PasswordOption();
        return new Command("add", "Create an account.") { jid, password }.Runs(jid, async (result, account, services, cancellationToken) =>
        {
            if (await services.AccountStore().ExistsAsync(account, cancellationToken))
            {
                throw Exists();
            }

            var chosen = PasswordPrompt.Read(result.GetValue(password), $"Password for {account}: ");
            if (!await AccountCommand.TakingPassword(() => services.Accounts().CreateAsync(account, chosen, cancellationToken)))
            {
                throw Exists();
            }

            result.InvocationConfiguration.Output.WriteLine($"added {account}");

            CommandException Exists() => new(ExitCode.Failure, $"{account} exists; 'parley user password {account}' changes its password.");
        }, createsDatabase: true);
    }
}
