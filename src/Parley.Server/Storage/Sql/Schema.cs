namespace Parley.Server.Storage.Sql;

/// <summary>The schema of everything that the server keeps, as the steps that led to it.</summary>
/// <remarks>Addresses are texts, times are microseconds since 1970 UTC. What belongs to an account refers to it and goes with it.</remarks>
internal static class Schema
{
    public static IReadOnlyList<SqlMigration> Migrations { get; } =
    [
        new(1, "accounts and what they own", static sql =>
        [
            $"CREATE TABLE account (address {sql.Text} NOT NULL PRIMARY KEY, domain {sql.Text} NOT NULL, credentials {sql.Blob} NOT NULL)",
            "CREATE INDEX account_domain ON account (domain, address)",

            $"CREATE TABLE roster ({Owner(sql)} PRIMARY KEY, version BIGINT NOT NULL, {OwnerExists})",
            $"""
            CREATE TABLE roster_item ({Owner(sql)}, contact {sql.Text} NOT NULL, name {sql.Text}, subscription BIGINT NOT NULL,
                ask BIGINT NOT NULL, approved BIGINT NOT NULL, groups_json {sql.Text} NOT NULL, pending_in {sql.Blob},
                in_roster BIGINT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (account, contact), {OwnerExists})
            """,

            $"""
            CREATE TABLE blocked_address (id {sql.IdentityKey}, {Owner(sql)}, address {sql.Text} NOT NULL,
                UNIQUE (account, address), {OwnerExists})
            """,

            $"""
            CREATE TABLE offline_message (id {sql.IdentityKey}, {Owner(sql)}, stamp BIGINT NOT NULL, stanza {sql.Blob} NOT NULL,
                {OwnerExists})
            """,
            "CREATE INDEX offline_message_account ON offline_message (account, id)",

            $"""
            CREATE TABLE account_document ({Owner(sql)}, kind {sql.Text} NOT NULL, name {sql.Text} NOT NULL, content {sql.Blob} NOT NULL,
                PRIMARY KEY (account, kind, name), {OwnerExists})
            """,

            $"CREATE TABLE last_activity ({Owner(sql)} PRIMARY KEY, at BIGINT NOT NULL, status {sql.Text}, {OwnerExists})",

            $"CREATE TABLE setting (name {sql.Text} NOT NULL PRIMARY KEY, value {sql.Blob} NOT NULL)",

            // What the server keeps in memory, and accounts, whose sessions end with them.
            .. Watch(sql, "account", "roster", "blocked_address"),
        ]),
        new(2, "archives and detached sessions", static sql =>
        [
            // Offline messages get ids that hold their time, whichever lane writes them.
            $"""
            CREATE TABLE offline_kept ({Owner(sql)}, id BIGINT NOT NULL, stanza {sql.Blob} NOT NULL, PRIMARY KEY (account, id), {OwnerExists})
            {sql.Clustered}
            """,
            "INSERT INTO offline_kept (account, id, stanza) SELECT account, stamp * 2048 + id % 2048, stanza FROM offline_message",
            "DROP TABLE offline_message",
            "ALTER TABLE offline_kept RENAME TO offline_message",
            "CREATE INDEX offline_message_id ON offline_message (id)",

            // A number is never given to another owner. It goes with the account, and its messages with it.
            $"""
            CREATE TABLE archive_owner (id {sql.IdentityKey}, address {sql.Text} NOT NULL UNIQUE, domain {sql.Text} NOT NULL,
                FOREIGN KEY (address) REFERENCES account (address) ON DELETE CASCADE)
            """,
            "CREATE INDEX archive_owner_domain ON archive_owner (domain, address)",
            $"""
            CREATE TABLE archive (owner BIGINT NOT NULL, id BIGINT NOT NULL, peer {sql.Text} NOT NULL, resource {sql.Text},
                message_hash BIGINT, groupchat BIGINT NOT NULL, stanza {sql.Blob} NOT NULL,
                PRIMARY KEY (owner, id){(sql.BulkReference is null ? ", FOREIGN KEY (owner) REFERENCES archive_owner (id) ON DELETE CASCADE" : "")})
            {sql.Clustered}
            """,
            "CREATE INDEX archive_peer ON archive (owner, peer, id, message_hash)",
            .. sql.StagesArchives ? SqlArchiveStaging.Schema(sql) : [],
            .. sql.BulkReference?.Invoke("archive", "owner", "archive_owner", "account") ?? [],
            .. sql.TextIndex?.Schema ?? [],

            $"CREATE TABLE detached_session (id {sql.Text} NOT NULL PRIMARY KEY, {Owner(sql)}, jid {sql.Text} NOT NULL, state {sql.Blob} NOT NULL, {OwnerExists})",
            "CREATE INDEX detached_session_account ON detached_session (account)",
        ]),
        new(3, "addresses and names of any length", static sql => sql.IndexedText is null ? [] :
        [
            "ALTER TABLE blocked_address DROP CONSTRAINT blocked_address_account_address_key",
            $"CREATE UNIQUE INDEX blocked_address_key ON blocked_address (account, {sql.Indexed("address")})",
            "ALTER TABLE account_document DROP CONSTRAINT account_document_pkey",
            $"CREATE UNIQUE INDEX account_document_key ON account_document (account, kind, {sql.Indexed("name")})",
        ]),
        new(4, "rooms and their archives", static sql =>
        [
            $"""
            CREATE TABLE room (id {sql.IdentityKey}, address {sql.Text} NOT NULL UNIQUE, service {sql.Text} NOT NULL, name {sql.Text},
                description {sql.Text}, words {sql.Text} NOT NULL, is_public BIGINT NOT NULL, is_temporary BIGINT NOT NULL, document {sql.Blob} NOT NULL)
            """,
            "CREATE INDEX room_service ON room (service, address)",
            $"""
            CREATE TABLE room_member (room BIGINT NOT NULL, user_address {sql.Text} NOT NULL, affiliation BIGINT NOT NULL,
                nickname {sql.Text}, reason {sql.Text}, PRIMARY KEY (room, user_address), FOREIGN KEY (room) REFERENCES room (id) ON DELETE CASCADE)
            {sql.Clustered}
            """,
            "CREATE INDEX room_member_user ON room_member (user_address)",
            .. RoomArchives(sql),
        ]),
    ];

    private const string OwnerExists = "FOREIGN KEY (account) REFERENCES account (address) ON DELETE CASCADE";

    /// <summary>An archive belongs to an account or to a room, and goes with it.</summary>
    private static IEnumerable<string> RoomArchives(SqlDialect sql)
    {
        string account = $"account {sql.Text} UNIQUE REFERENCES account (address) ON DELETE CASCADE";
        const string Room = "room BIGINT UNIQUE REFERENCES room (id) ON DELETE CASCADE";
        const string OneOfBoth = "CHECK ((account IS NULL) <> (room IS NULL))";
        if (sql.Rebuild is { } rebuild)
        {
            return
            [
                .. rebuild(
                    "archive_owner",
                    $"id {sql.IdentityKey}, address {sql.Text} NOT NULL UNIQUE, domain {sql.Text} NOT NULL, {account}, {Room}, {OneOfBoth}",
                    new Dictionary<string, string> { ["id"] = "id", ["address"] = "address", ["domain"] = "domain", ["account"] = "address" }),
                "CREATE INDEX archive_owner_domain ON archive_owner (domain, address)",
            ];
        }

        return
        [
            "ALTER TABLE archive_owner DROP CONSTRAINT archive_owner_address_fkey",
            $"ALTER TABLE archive_owner ADD COLUMN {account}, ADD COLUMN {Room}",
            "UPDATE archive_owner SET account = address",
            $"ALTER TABLE archive_owner ADD {OneOfBoth}",
            .. sql.BulkReferenceRoot?.Invoke("archive", "owner", "room") ?? [],
        ];
    }

    private static IEnumerable<string> Watch(SqlDialect sql, params string[] tables) =>
        sql.WatchTable is { } watch ? tables.SelectMany(watch) : [];

    private static string Owner(SqlDialect sql) => $"account {sql.Text} NOT NULL";
}
