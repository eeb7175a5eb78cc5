using System.Data.Common;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlOfflineStore(SqlReads reads, SqlWrites writes, SqlDialect dialect) : IOfflineStore
{
    private static readonly SqlStatement Insert = new(
        "INSERT INTO offline_message (account, id, stanza) VALUES (@account, @id, @stanza) ON CONFLICT DO NOTHING");
    private static readonly SqlStatement Select = new(
        "SELECT id, stanza FROM offline_message WHERE account = @account AND id > @after ORDER BY id LIMIT @count");
    private static readonly SqlStatement Count = new("SELECT COUNT(*) FROM offline_message WHERE account = @account");
    private static readonly SqlStatement Highest = new("SELECT COALESCE(MAX(id), 0) FROM offline_message");

    private readonly SqlStatement _delete = new($"DELETE FROM offline_message WHERE account = @account AND id IN {dialect.NumbersOfIds}");

    public ValueTask<bool> AppendAsync(
        Jid account, long id, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken) =>
        writes.WriteAsync(account, (account, id, stanza, limit), Append, SqlAccountOwner.RowBytes + stanza.Length, cancellationToken);

    public async ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long afterId, int count, CancellationToken cancellationToken)
    {
        // What is on its way into the store comes before what will be delivered past it.
        await writes.SettledAsync(cancellationToken);
        return await reads.ReadAsync((account, afterId, count), ReadAsync, cancellationToken);
    }

    public async ValueTask DeleteAsync(Jid account, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        await writes.WriteAsync(
            account,
            (_delete, account, Ids: SqlNumbers.Of(ids)),
            static (session, rows) => session.Execute(rows._delete, rows.account.Key, rows.Ids),
            SqlAccountOwner.RowBytes,
            cancellationToken);

    public ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken) =>
        reads.ReadAsync(account, static (session, account, _) => ValueTask.FromResult(CountOf(session, account)), cancellationToken);

    public ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) =>
        reads.ReadAsync(0, static (session, _, _) => ValueTask.FromResult(Convert.ToInt64(session.Scalar(Highest))), cancellationToken);

    private static int CountOf(SqlSession session, Jid account) => Convert.ToInt32(session.Scalar(Count, account.Key));

    private static bool Append(SqlSession session, (Jid Account, long Id, ReadOnlyMemory<byte> Stanza, int Limit) row)
    {
        session.RequireAccount(row.Account);
        if (CountOf(session, row.Account) >= row.Limit)
            return false;
        session.Execute(Insert, row.Account.Key, row.Id, row.Stanza);
        return true;
    }

    private static async ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(
        SqlSession session, (Jid Account, long After, int Count) range, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await session.QueryAsync(
            Select, cancellationToken, range.Account.Key, range.After, (long)range.Count);
        var messages = new List<OfflineMessage>();
        while (await rows.ReadAsync(cancellationToken))
            messages.Add(new OfflineMessage(rows.GetInt64(0), rows.GetFieldValue<byte[]>(1)));
        return messages;
    }
}
