namespace Parley.Server.Storage.Sql;

internal sealed class SqlSettingStore(SqlReads reads, SqlWrites writes) : ISettingStore
{
    private static readonly SqlStatement Select = new("SELECT value FROM setting WHERE name = @name");
    private static readonly SqlStatement Insert = new(
        "INSERT INTO setting (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING");

    public async ValueTask<ReadOnlyMemory<byte>> GetOrAddAsync(
        string key, Func<ReadOnlyMemory<byte>> create, CancellationToken cancellationToken)
    {
        byte[]? stored = await reads.ReadAsync(
            key, static (session, key, _) => ValueTask.FromResult((byte[]?)session.Scalar(Select, key)), cancellationToken);
        if (stored is not null)
            return stored;

        ReadOnlyMemory<byte> value = create();
        return await writes.WriteAsync((key, value), Add, SqlAccountOwner.RowBytes + value.Length, cancellationToken);
    }

    /// <summary>The value of whoever came first.</summary>
    private static byte[] Add(SqlSession session, (string Key, ReadOnlyMemory<byte> Value) row)
    {
        session.Execute(Insert, row.Key, row.Value);
        return (byte[])session.Scalar(Select, row.Key)!;
    }
}
