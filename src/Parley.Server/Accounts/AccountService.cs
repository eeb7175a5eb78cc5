using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Accounts;

/// <summary>Creates accounts, changes their passwords, and removes them with everything that is theirs.</summary>
public sealed class AccountService(
    IAccountStore accounts,
    PasswordKeys keys,
    OpenStreams streams,
    Lazy<ModuleRegistry> registry,
    IOptions<XmppServerOptions> options)
{
    /// <summary>Creates an account. False when it exists; nothing is then changed.</summary>
    /// <param name="account">The bare JID, of a hosted domain.</param>
    /// <param name="password">1 to 1,023 bytes of UTF-8 that the OpaqueString profile allows (RFC 8265 §4.2).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The address is no account's.</exception>
    /// <exception cref="PasswordRefusedException">The password cannot be one.</exception>
    public async ValueTask<bool> CreateAsync(Jid account, string password, CancellationToken cancellationToken)
    {
        RequireAccount(account);

        // Deriving keys is dear; a name that is taken is refused without.
        if (await accounts.ExistsAsync(account, cancellationToken))
        {
            PasswordKeys.Check(password);
            return false;
        }

        return await accounts.CreateAsync(account, await keys.DeriveAsync(account, password, cancellationToken), cancellationToken);
    }

    /// <summary>Replaces the password. False when there is no such account. Open sessions go on.</summary>
    /// <inheritdoc cref="CreateAsync"/>
    public async ValueTask<bool> SetPasswordAsync(Jid account, string password, CancellationToken cancellationToken)
    {
        RequireAccount(account);
        var credentials = await keys.DeriveAsync(account, password, cancellationToken);

        // What keeps the account from logging in outlives its password.
        var before = await accounts.FindAsync(account, cancellationToken);
        return before is not null
            && await accounts.SetCredentialsAsync(account, credentials with { Refusal = before.Refusal }, cancellationToken);
    }

    /// <summary>Removes an account with all that is stored of it, and ends its streams with not-authorized (XEP-0077 §3.2). False when there is none.</summary>
    /// <remarks>The modules hear of it first, while everything is still there; one that fails keeps the account.</remarks>
    /// <exception cref="ArgumentException">The address is no account's.</exception>
    public async ValueTask<bool> RemoveAsync(Jid account, CancellationToken cancellationToken)
    {
        RequireAccount(account);
        if (!await accounts.ExistsAsync(account, cancellationToken))
        {
            return false;
        }

        await TellAsync(registry.Value.AccountRemoving, account, cancellationToken);
        var removed = await accounts.RemoveAsync(account, cancellationToken);
        foreach (var stream in streams.OfType<ClientStream>())
        {
            if (account.Equals(stream.Account))
            {
                stream.Terminate(new StreamException(StreamErrorCondition.NotAuthorized, "The account is removed."));
            }
        }

        await TellAsync(registry.Value.AccountRemoved, account, CancellationToken.None);
        return removed;
    }

    private static async ValueTask TellAsync(IReadOnlyList<AccountHandler> handlers, Jid account, CancellationToken cancellationToken)
    {
        var flush = new FlushSet();
        try
        {
            foreach (var handler in handlers)
            {
                await handler(account, flush, cancellationToken);
            }
        }
        finally
        {
            flush.Flush();
        }
    }

    private void RequireAccount(Jid account)
    {
        if (!account.HasLocal || !account.IsBare || !options.Value.Domains.Contains(account.Domain))
        {
            throw new ArgumentException($"'{account}' is no account of a hosted domain.", nameof(account));
        }
    }
}
