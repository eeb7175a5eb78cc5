namespace Parley.Storage.Sqlite;

/// <summary>Where the SQLite database is, and its bounds.</summary>
public sealed class SqliteStorageOptions
{
    /// <summary>The database file, <c>data/parley.db</c> by default. Its directory is made when it is not there; it must be on a local disk.</summary>
    public string Path { get; set; } = System.IO.Path.Combine("data", "parley.db");

    /// <summary>How long a write waits while another process, such as <c>parley user add</c>, writes; ten seconds by default. Then it fails.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The most connections that read at the same time; 4 by default. A caller beyond it waits for one.</summary>
    public int ReadConnections { get; set; } = 4;
}
