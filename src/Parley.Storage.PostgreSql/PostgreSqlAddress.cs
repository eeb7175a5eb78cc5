using Npgsql;

namespace Parley.Storage.PostgreSql;

/// <summary>What may be said of a connection string: where the database is and who asks, never a password.</summary>
public static class PostgreSqlAddress
{
    /// <summary>Host, port and database for people, such as <c>PostgreSQL database parley at db.example.org:5432</c>.</summary>
    /// <exception cref="ArgumentException">It is no connection string, or names no host. The message tells nothing of it: it may hold a password.</exception>
    public static string Describe(string connectionString)
    {
        NpgsqlConnectionStringBuilder parts = Parse(connectionString);
        string hosts = string.Join(", ", parts.Host!.Split(',', StringSplitOptions.TrimEntries).Select(host => WithPort(host, parts.Port)));
        return $"PostgreSQL database {parts.Database ?? parts.Username ?? "of the system's user"} at {hosts}";
    }

    /// <summary>The string with host, port, user and database alone, for a command to be typed again.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Describe"/>.</exception>
    public static string WithoutSecrets(string connectionString)
    {
        NpgsqlConnectionStringBuilder parts = Parse(connectionString);
        var shown = new NpgsqlConnectionStringBuilder { Host = parts.Host };
        if (parts.Port != NpgsqlConnection.DefaultPort)
            shown.Port = parts.Port;
        if (parts.Username is { } user)
            shown.Username = user;
        if (parts.Database is { } database)
            shown.Database = database;
        return shown.ConnectionString;
    }

    /// <summary>Reads a connection string; null when it is none, or names no host.</summary>
    internal static NpgsqlConnectionStringBuilder? TryParse(string connectionString)
    {
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(connectionString);
            return string.IsNullOrWhiteSpace(parts.Host) ? null : parts;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            // The cause is not told: what is taken for a key may be the rest of a password.
            return null;
        }
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString) =>
        TryParse(connectionString) ?? throw new ArgumentException("It is no connection string of PostgreSQL that names a host.", nameof(connectionString));

    private static string WithPort(string host, int port) =>
        host.StartsWith('/') || host.StartsWith('@') || host.Contains(':') ? host : $"{host}:{port}";
}
