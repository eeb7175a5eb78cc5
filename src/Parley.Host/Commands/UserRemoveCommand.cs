using System.CommandLine;

namespace Parley.Host.Commands;

/// <summary><c>parley user remove JID</c>.</summary>
internal static class UserRemoveCommand
{
    internal static Command Create()
    {
        var jid = AccountCommand.JidArgument();
        return new Command("remove", "Remove an account and everything that is stored of it; its sessions end.") { jid }.Runs(jid, async (result, account, services, cancellationToken) =>
        {
            if (!await services.Accounts().RemoveAsync(account, cancellationToken))
            {
                throw AccountCommand.NoAccount(account);
            }

            result.InvocationConfiguration.Output.WriteLine($"removed {account}");
        });
    }
}
