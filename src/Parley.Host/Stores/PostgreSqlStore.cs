using Microsoft.Extensions.DependencyInjection;
using Parley.Storage.PostgreSql;

namespace Parley.Host.Stores;

/// <summary>A database of PostgreSQL.</summary>
internal sealed record PostgreSqlStore : Store
{
    private PostgreSqlStore(string connectionString) => ConnectionString = connectionString;

    internal override string Description => PostgreSqlAddress.Describe(ConnectionString);

    internal override string Text => PostgreSqlAddress.WithoutSecrets(ConnectionString);

    /// <summary>With its password, if it has one.</summary>
    internal string ConnectionString { get; }

    /// <summary>What is printed of it in errors and tests.</summary>
    public override string ToString() => Description;

    internal static PostgreSqlStore? TryParse(string text)
    {
        try
        {
            PostgreSqlAddress.Describe(text);
            return new PostgreSqlStore(text);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    internal override bool IsSameAs(Store other) => other is PostgreSqlStore database && database.Description == Description;

    internal override IDisposable? TakeAlone() => null;

    internal override void AddTo(IServiceCollection services) => services.AddPostgreSqlStorage(ConnectionString);
}
