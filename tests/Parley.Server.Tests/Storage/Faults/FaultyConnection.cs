using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Parley.Server.Tests.Storage.Faults;

internal sealed class FaultyConnection(DbConnection inner, FaultPlan plan) : DbConnection
{
    private bool _isLost;

    public DbConnection Inner => inner;

    [AllowNull]
    public override string ConnectionString
    {
        get => inner.ConnectionString;
        set => throw new NotSupportedException();
    }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => _isLost ? ConnectionState.Broken : inner.State;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Open() => throw new NotSupportedException();

    public override void Close() => inner.Close();

    /// <summary>Every further operation fails, as on a socket that is closed.</summary>
    public void Lose() => _isLost = true;

    /// <summary>An operation is about to be carried out.</summary>
    public void Meet()
    {
        if (_isLost)
            throw new InjectedFault();
        plan.Meet(this);
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel)
    {
        Meet();
        return new FaultyTransaction(inner.BeginTransaction(), this, plan);
    }

    protected override DbCommand CreateDbCommand() => new FaultyCommand(inner.CreateCommand(), this);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
