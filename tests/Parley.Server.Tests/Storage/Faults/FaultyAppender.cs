using Parley.Server.Storage.Sql;

namespace Parley.Server.Tests.Storage.Faults;

internal sealed class FaultyAppender(IRowAppender inner, FaultyConnection connection) : IRowAppender
{
    public bool Append(SqlAppend table, ReadOnlySpan<SqlValue> values)
    {
        connection.Meet();
        return inner.Append(table, values);
    }

    public void Flush() => inner.Flush();

    public void Clear() => inner.Clear();

    public void Dispose() => inner.Dispose();
}
