using System.Data.Common;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlLastActivityStore(SqlReads reads, SqlWrites writes) : ILastActivityStore
{
    private static readonly SqlStatement Select = new("SELECT at, status FROM last_activity WHERE account = @account");
    private static readonly SqlStatement Upsert = new("""
        INSERT INTO last_activity (account, at, status) VALUES (@account, @at, @status)
        ON CONFLICT (account) DO UPDATE SET at = excluded.at, status = excluded.status
        """);

    public ValueTask<LastActivity?> GetAsync(Jid account, CancellationToken cancellationToken) =>
        reads.ReadAsync(account, ReadAsync, cancellationToken);

    public async ValueTask SetAsync(Jid account, LastActivity activity, CancellationToken cancellationToken) =>
        await writes.WriteAsync(account, (account, activity), Set, SqlAccountOwner.RowBytes, cancellationToken);

    private static async ValueTask<LastActivity?> ReadAsync(SqlSession session, Jid account, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await session.QueryAsync(Select, cancellationToken, account.Key);
        return await rows.ReadAsync(cancellationToken)
            ? new LastActivity(SqlTime.FromMicroseconds(rows.GetInt64(0)), rows.IsDBNull(1) ? null : rows.GetString(1))
            : null;
    }

    private static int Set(SqlSession session, (Jid Account, LastActivity Activity) row)
    {
        session.RequireAccount(row.Account);
        return session.Execute(Upsert, row.Account.Key, SqlTime.ToMicroseconds(row.Activity.At), row.Activity.Status);
    }
}
