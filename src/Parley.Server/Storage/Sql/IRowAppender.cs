namespace Parley.Server.Storage.Sql;

/// <summary>A driver's fastest way of appending rows, on one connection. It belongs to a session, which tells it what happens around it.</summary>
public interface IRowAppender : IDisposable
{
    /// <summary>Appends a row, now or with the next <see cref="Flush"/>.</summary>
    /// <returns>False when it is known already that a row of its key was there; true also where that is not known yet.</returns>
    bool Append(SqlAppend table, ReadOnlySpan<SqlValue> values);

    /// <summary>Sends what was held back: called before any other statement of the session, before a commit, and before a savepoint is released.</summary>
    void Flush();

    /// <summary>Forgets what was held back: the transaction, or a part of it, was rolled back.</summary>
    void Clear();
}
