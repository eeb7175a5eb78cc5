using System.Data;
using System.Data.Common;

namespace Parley.Server.Tests.Storage.Faults;

internal sealed class FaultyTransaction(DbTransaction inner, FaultyConnection connection, FaultPlan plan) : DbTransaction
{
    public DbTransaction Inner => inner;

    public override IsolationLevel IsolationLevel => inner.IsolationLevel;

    protected override DbConnection DbConnection => connection;

    public override void Commit()
    {
        connection.Meet();
        inner.Commit();
        plan.MeetCommitted();
    }

    public override void Rollback()
    {
        connection.Meet();
        inner.Rollback();
    }

    public override void Save(string savepointName)
    {
        connection.Meet();
        inner.Save(savepointName);
    }

    public override void Rollback(string savepointName)
    {
        connection.Meet();
        inner.Rollback(savepointName);
    }

    public override void Release(string savepointName)
    {
        connection.Meet();
        inner.Release(savepointName);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
