using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlAccountDocumentStore(SqlReads reads, SqlWrites writes, SqlDialect dialect) : IAccountDocumentStore
{
    private static readonly SqlStatement Select = new(
        "SELECT content FROM account_document WHERE account = @account AND kind = @kind AND name = @name");
    private static readonly SqlStatement CountOthers = new(
        "SELECT COUNT(*) FROM account_document WHERE account = @account AND kind = @kind AND name <> @name");
    private static readonly SqlStatement Delete = new(
        "DELETE FROM account_document WHERE account = @account AND kind = @kind AND name = @name");
    private readonly SqlStatement _upsert = new($"""
        INSERT INTO account_document (account, kind, name, content) VALUES (@account, @kind, @name, @content)
        ON CONFLICT (account, kind, {dialect.Indexed("name")}) DO UPDATE SET content = excluded.content
        """);

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(Jid account, string kind, string key, CancellationToken cancellationToken) =>
        reads.ReadAsync(
            (account, kind, key),
            static (session, name, _) => ValueTask.FromResult(
                session.Scalar(Select, name.account.Key, name.kind, name.key) is byte[] content
                    ? new ReadOnlyMemory<byte>(content)
                    : default(ReadOnlyMemory<byte>?)),
            cancellationToken);

    public ValueTask<bool> SetAsync(
        Jid account, string kind, string key, ReadOnlyMemory<byte>? document, int limit, CancellationToken cancellationToken) =>
        document is { } content
            ? writes.WriteAsync(account, (_upsert, account, kind, key, content, limit), Set, SqlAccountOwner.RowBytes + content.Length, cancellationToken)
            : writes.WriteAsync(account, (account, kind, key), Remove, SqlAccountOwner.RowBytes, cancellationToken);

    private static bool Set(SqlSession session, (SqlStatement Upsert, Jid Account, string Kind, string Key, ReadOnlyMemory<byte> Content, int Limit) row)
    {
        session.RequireAccount(row.Account);
        string account = row.Account.Key;
        return Convert.ToInt64(session.Scalar(CountOthers, account, row.Kind, row.Key)) < row.Limit
            && session.Execute(row.Upsert, account, row.Kind, row.Key, row.Content) == 1;
    }

    private static bool Remove(SqlSession session, (Jid Account, string Kind, string Key) name)
    {
        session.Execute(Delete, name.Account.Key, name.Kind, name.Key);
        return true;
    }
}
