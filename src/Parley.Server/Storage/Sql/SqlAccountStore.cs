using System.Data.Common;
using System.Runtime.CompilerServices;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlAccountStore(SqlReads reads, SqlWrites writes, SqlArchiveStore archives) : IAccountStore
{
    // Accounts are listed by the page, so that a slow reader of the list holds no connection.
    private const int PageSize = 256;

    private static readonly SqlStatement Select = new("SELECT credentials FROM account WHERE address = @address");
    private static readonly SqlStatement Insert = new(
        "INSERT INTO account (address, domain, credentials) VALUES (@address, @domain, @credentials) ON CONFLICT (address) DO NOTHING");
    private static readonly SqlStatement Update = new("UPDATE account SET credentials = @credentials WHERE address = @address");
    private static readonly SqlStatement Delete = new("DELETE FROM account WHERE address = @address");
    private static readonly SqlStatement PageOfAll = new("SELECT address FROM account WHERE address > @after ORDER BY address LIMIT @count");
    private static readonly SqlStatement PageOfDomain = new(
        "SELECT address FROM account WHERE domain = @domain AND address > @after ORDER BY address LIMIT @count");

    public async ValueTask<StoredCredentials?> FindAsync(Jid account, CancellationToken cancellationToken)
    {
        object? stored = await reads.ReadAsync(
            account, static (session, account, _) => ValueTask.FromResult(session.Scalar(Select, account.Key)), cancellationToken);
        return stored is byte[] bytes ? CredentialsFormat.Read(bytes) : null;
    }

    public ValueTask<bool> ExistsAsync(Jid account, CancellationToken cancellationToken) =>
        reads.ReadAsync(account, static (session, account, _) => ValueTask.FromResult(session.HasAccount(account)), cancellationToken);

    public ValueTask<bool> CreateAsync(Jid account, StoredCredentials credentials, CancellationToken cancellationToken) =>
        writes.WriteAsync(
            account,
            (account, CredentialsFormat.Write(credentials)),
            static (session, row) => session.Execute(Insert, row.account.Key, row.account.Domain, row.Item2) == 1,
            SqlAccountOwner.RowBytes,
            cancellationToken);

    public ValueTask<bool> SetCredentialsAsync(Jid account, StoredCredentials credentials, CancellationToken cancellationToken) =>
        writes.WriteAsync(
            account,
            (account, CredentialsFormat.Write(credentials)),
            static (session, row) => session.Execute(Update, row.Item2, row.account.Key) == 1,
            SqlAccountOwner.RowBytes,
            cancellationToken);

    public async ValueTask<bool> RemoveAsync(Jid account, CancellationToken cancellationToken)
    {
        // A large archive goes by small steps first, so that nobody else's write waits for it; the rest goes with the account.
        if (await ExistsAsync(account, cancellationToken))
            await archives.TrimAsync(account, 0, int.MaxValue, cancellationToken);
        return await writes.WriteBehindAllAsync(
            account,
            (account, archives),
            static (session, row) =>
            {
                row.archives.RemoveText(session, row.account);
                return session.Execute(Delete, row.account.Key) == 1;
            },
            SqlAccountOwner.RowBytes,
            cancellationToken);
    }

    public async IAsyncEnumerable<Jid> ListAsync(string? domain, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string after = "";
        List<string> page;
        do
        {
            page = await reads.ReadAsync((domain, after), ReadPageAsync, cancellationToken);
            foreach (string address in page)
                yield return Jid.Parse(address);
            if (page.Count > 0)
                after = page[^1];
        }
        while (page.Count == PageSize);
    }

    private static async ValueTask<List<string>> ReadPageAsync(
        SqlSession session, (string? Domain, string After) from, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = from.Domain is { } domain
            ? await session.QueryAsync(PageOfDomain, cancellationToken, domain, from.After, (long)PageSize)
            : await session.QueryAsync(PageOfAll, cancellationToken, from.After, (long)PageSize);
        var page = new List<string>();
        while (await rows.ReadAsync(cancellationToken))
            page.Add(rows.GetString(0));
        return page;
    }
}
