using Microsoft.Data.Sqlite;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Storage;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>Where the server keeps things in a test that kills it.</summary>
internal abstract class StoreUnderTest : IDisposable
{
    /// <summary>The names of all, for theories.</summary>
    public static TheoryData<string> Names => new("sqlite", "postgresql");

    /// <summary>The server's data folder, which outlives its processes.</summary>
    internal string Data { get; } = Directory.CreateTempSubdirectory("parley-kill-").FullName;

    /// <summary>What <c>parley</c> is told to find the store.</summary>
    internal abstract string[] Options { get; }

    internal static async Task<StoreUnderTest> CreateAsync(string name) => name switch
    {
        "sqlite" => new Sqlite(),
        "postgresql" => new PostgreSql((await PostgreSqlServer.SharedAsync()).CreateDatabase()),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    /// <summary>The store is whole; no server runs on it.</summary>
    internal virtual async Task AssertSoundAsync(CancellationToken cancellationToken)
    {
        await using var check = RunningProgram.Start("dotnet", [Repository.Parley, "store", "check", "--data", Data, .. Options]);
        var (exitCode, _) = await check.EndAsync(cancellationToken);
        Assert.True(exitCode == 0, check.Transcript);
    }

    public void Dispose() => Directory.Delete(Data, recursive: true);

    private sealed class Sqlite : StoreUnderTest
    {
        internal override string[] Options => [];

        internal override async Task AssertSoundAsync(CancellationToken cancellationToken)
        {
            SQLitePCL.Batteries_V2.Init();
            using var connection = new SqliteConnection($"Data Source={Path.Combine(Data, "parley.db")};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            Assert.Equal("ok", command.ExecuteScalar());
            await base.AssertSoundAsync(cancellationToken);
        }
    }

    private sealed class PostgreSql(string connection) : StoreUnderTest
    {
        internal override string[] Options { get; } = ["--store", connection];
    }
}
