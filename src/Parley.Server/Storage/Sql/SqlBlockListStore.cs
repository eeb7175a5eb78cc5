using System.Data.Common;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlBlockListStore(SqlReads reads, SqlWrites writes) : IBlockListStore
{
    private static readonly SqlStatement Select = new("SELECT address FROM blocked_address WHERE account = @account ORDER BY id");
    private static readonly SqlStatement Insert = new(
        "INSERT INTO blocked_address (account, address) VALUES (@account, @address) ON CONFLICT DO NOTHING");
    private static readonly SqlStatement Delete = new("DELETE FROM blocked_address WHERE account = @account AND address = @address");
    private static readonly SqlStatement DeleteAll = new("DELETE FROM blocked_address WHERE account = @account");

    public ValueTask<IReadOnlyList<Jid>> LoadAsync(Jid account, CancellationToken cancellationToken) =>
        reads.ReadAsync(account, ReadAsync, cancellationToken);

    public async ValueTask AddAsync(Jid account, IReadOnlyList<Jid> blocked, CancellationToken cancellationToken) =>
        await writes.WriteAsync(account, (account, blocked), Add, SqlAccountOwner.RowBytes * (1 + blocked.Count), cancellationToken);

    public async ValueTask RemoveAsync(Jid account, IReadOnlyList<Jid> unblocked, CancellationToken cancellationToken) =>
        await writes.WriteAsync(account, (account, unblocked), Remove, SqlAccountOwner.RowBytes * (1 + unblocked.Count), cancellationToken);

    private static async ValueTask<IReadOnlyList<Jid>> ReadAsync(SqlSession session, Jid account, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await session.QueryAsync(Select, cancellationToken, account.Key);
        var blocked = new List<Jid>();
        while (await rows.ReadAsync(cancellationToken))
            blocked.Add(Jid.Parse(rows.GetString(0)));
        return blocked;
    }

    private static int Add(SqlSession session, (Jid Account, IReadOnlyList<Jid> Blocked) rows)
    {
        session.RequireAccount(rows.Account);
        int added = 0;
        foreach (Jid address in rows.Blocked)
            added += session.Execute(Insert, rows.Account.Key, address.ToString());
        return added;
    }

    private static int Remove(SqlSession session, (Jid Account, IReadOnlyList<Jid> Unblocked) rows)
    {
        if (rows.Unblocked.Count == 0)
            return session.Execute(DeleteAll, rows.Account.Key);

        int removed = 0;
        foreach (Jid address in rows.Unblocked)
            removed += session.Execute(Delete, rows.Account.Key, address.ToString());
        return removed;
    }
}
