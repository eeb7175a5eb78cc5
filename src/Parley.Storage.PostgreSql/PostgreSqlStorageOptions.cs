namespace Parley.Storage.PostgreSql;

/// <summary>Where the PostgreSQL database is, and the bounds of its use.</summary>
public sealed class PostgreSqlStorageOptions
{
    /// <summary>Npgsql's connection string, such as <c>Host=db.example.org;Username=parley;Database=parley</c>; there is no default.</summary>
    /// <remarks>
    /// A password may also come from a file (<c>Passfile</c>, PGPASSFILE, ~/.pgpass) or PGPASSWORD. What the string says wins over <see cref="ConnectTimeout"/>,
    /// <see cref="CommandTimeout"/> and <see cref="KeepAlive"/>, the application name (<c>parley</c>) and Max Auto Prepare (128). Pooling is always off:
    /// the server keeps its connections itself.
    /// </remarks>
    public string ConnectionString { get; set; } = "";

    /// <summary>How many transactions write at the same time, each on a connection of its own; 2 by default: more cost processor time for each message, and gain where a commit waits long. The writes of one account all go through the same.</summary>
    public int WriteConnections { get; set; } = 2;

    /// <summary>The most connections that read at the same time; 8 by default. A caller beyond it waits for one.</summary>
    public int ReadConnections { get; set; } = 8;

    /// <summary>How long connecting may take; five seconds by default.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a statement may take before it fails and its connection is given up; ten seconds by default. It bounds how long a write stays unanswered while the database hangs.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After how long an idle connection is tried out, so that neither a firewall nor a dead machine goes unnoticed; 30 seconds by default.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(30);
}
