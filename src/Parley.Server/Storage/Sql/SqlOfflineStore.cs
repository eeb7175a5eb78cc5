using System.Data.Common;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlOfflineStore(SqlReads reads, SqlWrites writes) : IOfflineStore
{
    private static readonly SqlStatement Insert = new(
        "INSERT INTO offline_message (account, stamp, stanza) VALUES (@account, @stamp, @stanza)");
    private static readonly SqlStatement Select = new(
        "SELECT id, stamp, stanza FROM offline_message WHERE account = @account AND id > @after ORDER BY id LIMIT @count");
    private static readonly SqlStatement Delete = new("DELETE FROM offline_message WHERE account = @account AND id <= @up_to");
    private static readonly SqlStatement Count = new("SELECT COUNT(*) FROM offline_message WHERE account = @account");

    public ValueTask<bool> AppendAsync(
        Jid account, DateTimeOffset stamp, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken) =>
        writes.WriteAsync(account, (account, stamp, stanza, limit), Append, SqlAccountOwner.RowBytes + stanza.Length, cancellationToken);

    public ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long afterId, int count, CancellationToken cancellationToken) =>
        reads.ReadAsync((account, afterId, count), ReadAsync, cancellationToken);

    public async ValueTask DeleteAsync(Jid account, long upToId, CancellationToken cancellationToken) =>
        await writes.WriteAsync(
            account,
            (account, upToId),
            static (session, rows) => session.Execute(Delete, rows.account.Key, rows.upToId),
            SqlAccountOwner.RowBytes,
            cancellationToken);

    public ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken) =>
        reads.ReadAsync(account, static (session, account, _) => ValueTask.FromResult(CountOf(session, account)), cancellationToken);

    private static int CountOf(SqlSession session, Jid account) => Convert.ToInt32(session.Scalar(Count, account.Key));

    private static bool Append(SqlSession session, (Jid Account, DateTimeOffset Stamp, ReadOnlyMemory<byte> Stanza, int Limit) row)
    {
        session.RequireAccount(row.Account);
        return CountOf(session, row.Account) < row.Limit
            && session.Execute(Insert, row.Account.Key, SqlTime.ToMicroseconds(row.Stamp), row.Stanza) == 1;
    }

    private static async ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(
        SqlSession session, (Jid Account, long After, int Count) range, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await session.QueryAsync(
            Select, cancellationToken, range.Account.Key, range.After, (long)range.Count);
        var messages = new List<OfflineMessage>();
        while (await rows.ReadAsync(cancellationToken))
            messages.Add(new OfflineMessage(rows.GetInt64(0), SqlTime.FromMicroseconds(rows.GetInt64(1)), rows.GetFieldValue<byte[]>(2)));
        return messages;
    }
}
