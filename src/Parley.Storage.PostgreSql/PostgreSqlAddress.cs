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

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Describe"/>.</exception>
    internal static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        NpgsqlConnectionStringBuilder parts;
        try
        {
            parts = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            // Without the cause: what is taken for a key may be the rest of a password.
            throw new ArgumentException("It is no connection string of PostgreSQL.");
        }

        return string.IsNullOrWhiteSpace(parts.Host) ? throw new ArgumentException("It names no host.") : parts;
    }

    private static string WithPort(string host, int port) =>
        host.StartsWith('/') || host.StartsWith('@') || host.Contains(':') ? host : $"{host}:{port}";
}
