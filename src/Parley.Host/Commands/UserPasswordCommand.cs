using System.CommandLine;

namespace Parley.Host.Commands;

/// <summary><c>parley user password JID</c>.</summary>
internal static class UserPasswordCommand
{
    internal static Command Create()
    {
        var jid = AccountCommand.JidArgument();
        var password = AccountCommand.PasswordOption();
        return new Command("password", "Change an account's password.") { jid, password }.Runs(jid, async (result, account, services, cancellationToken) =>
        {
            if (!await services.AccountStore().ExistsAsync(account, cancellationToken))
            {
                throw AccountCommand.NoAccount(account);
            }

            var chosen = PasswordPrompt.Read(result.GetValue(password), $"New password for {account}: ");
            if (!await AccountCommand.TakingPassword(() => services.Accounts().SetPasswordAsync(account, chosen, cancellationToken)))
            {
                throw AccountCommand.NoAccount(account);
            }

            result.InvocationConfiguration.Output.WriteLine($"changed the password of {account}");
        });
    }
}
