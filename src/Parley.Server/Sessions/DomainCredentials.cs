using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <summary>The accounts of one domain, as SASL asks for them.</summary>
internal sealed class DomainCredentials(IAccountStore accounts, string domain) : ICredentialSource
{
    public async ValueTask<StoredCredentials?> FindAsync(string username, CancellationToken cancellationToken) =>
        Jid.TryCreate(username, domain, null, out var account) ? await accounts.FindAsync(account, cancellationToken) : null;
}
