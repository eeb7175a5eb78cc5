using System.Data.Common;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlDetachedSessionStore(SqlWrites writes) : IDetachedSessionStore
{
    // A neighbour's write waits no longer than for so many rows.
    private const int Step = 256;

    private static readonly SqlStatement Insert = new("""
        INSERT INTO detached_session (id, account, jid, state) VALUES (@id, @account, @jid, @state)
        ON CONFLICT (id) DO UPDATE SET account = excluded.account, jid = excluded.jid, state = excluded.state
        """);
    private static readonly SqlStatement Select = new("SELECT id, jid, state FROM detached_session ORDER BY id");
    private static readonly SqlStatement DeleteAll = new("DELETE FROM detached_session");

    public async ValueTask SaveAsync(IReadOnlyCollection<DetachedSession> sessions, CancellationToken cancellationToken)
    {
        foreach (DetachedSession[] step in sessions.Chunk(Step))
        {
            int bytes = step.Sum(static session => SqlAccountOwner.RowBytes + session.State.Length);
            await writes.WriteAsync(step, Save, bytes, cancellationToken);
        }
    }

    public ValueTask<IReadOnlyList<DetachedSession>> TakeAllAsync(CancellationToken cancellationToken) =>
        writes.WriteAsync(0, TakeAll, SqlAccountOwner.RowBytes, cancellationToken);

    private static int Save(SqlSession session, DetachedSession[] detached)
    {
        int saved = 0;
        foreach (DetachedSession one in detached)
        {
            if (session.HasAccount(one.Jid))
                saved += session.Execute(Insert, one.Id, one.Jid.Key, one.Jid.ToString(), one.State);
        }

        return saved;
    }

    private static IReadOnlyList<DetachedSession> TakeAll(SqlSession session, int _)
    {
        var taken = new List<DetachedSession>();
        using (DbDataReader rows = session.Query(Select))
        {
            while (rows.Read())
                taken.Add(new DetachedSession(rows.GetString(0), Jid.Parse(rows.GetString(1)), rows.GetFieldValue<byte[]>(2)));
        }

        session.Execute(DeleteAll);
        return taken;
    }
}
