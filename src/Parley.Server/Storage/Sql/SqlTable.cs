namespace Parley.Server.Storage.Sql;

/// <summary>A table of the schema, as a copy needs to know it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="HasIdentity">Whether the database numbers its column <c>id</c>.</param>
internal sealed record SqlTable(string Name, bool HasIdentity = false)
{
    /// <summary>The order in which a database that keeps rows by their key takes them most easily; null for any.</summary>
    public string? Order { get; init; }

    /// <summary>Whether its rows are read from <see cref="SqlDialect.Archives"/>.</summary>
    public bool IsArchive { get; init; }

    /// <summary>The tables whose rows are copied from one database to another, those that others refer to first.</summary>
    /// <remarks>Not among them: what a database makes of these itself, and what it knows of its own schema and of processes.</remarks>
    public static IReadOnlyList<SqlTable> All { get; } =
    [
        new("account"),
        new("roster"),
        new("roster_item"),
        new("blocked_address", HasIdentity: true),
        new("offline_message"),
        new("account_document"),
        new("last_activity"),
        new("setting"),
        new("room", HasIdentity: true),
        new("room_member") { Order = "room, user_address" },
        new("archive_owner", HasIdentity: true),
        new("archive") { Order = "owner, id", IsArchive = true },
        new("detached_session"),
    ];
}
