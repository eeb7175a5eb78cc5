using System.CommandLine;
using Parley.Protocol.Addressing;

namespace Parley.Host.Commands;

/// <summary><c>parley user list [DOMAIN]</c>: one address a line.</summary>
internal static class UserListCommand
{
    internal static Command Create()
    {
        var domain = new Argument<string?>("DOMAIN") { Description = "Only the accounts of this domain.", Arity = ArgumentArity.ZeroOrOne };
        return new Command("list", "List the accounts, one a line.") { domain }.Runs(
            (result, options) => result.GetValue(domain) is { } text
                ? AccountCommand.Hosted(Jid.TryCreate(null, text, null, out var jid) ? jid.Domain : $"'{text}'", options)
                : null,
            async (result, hosted, services, cancellationToken) =>
            {
                await foreach (var account in services.AccountStore().ListAsync(hosted, cancellationToken))
                {
                    await result.InvocationConfiguration.Output.WriteLineAsync(account.ToString());
                }
            });
    }
}
