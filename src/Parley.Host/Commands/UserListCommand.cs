using System.CommandLine;

namespace Parley.Host.Commands;

/// <summary><c>parley user list [DOMAIN]</c>: one address a line.</summary>
internal static class UserListCommand
{
    internal static Command Create()
    {
        var domain = new Argument<string?>("DOMAIN") { Description = "Only the accounts of this domain.", Arity = ArgumentArity.ZeroOrOne };
        return new Command("list", "List the accounts, one a line.") { domain }.Runs(async (result, services, cancellationToken) =>
        {
            await foreach (var account in services.AccountStore().ListAsync(result.GetValue(domain), cancellationToken))
            {
                await result.InvocationConfiguration.Output.WriteLineAsync(account.ToString());
            }
        });
    }
}
