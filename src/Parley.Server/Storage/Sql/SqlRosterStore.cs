using System.Data.Common;
using System.Text.Json;
using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlRosterStore(SqlReads reads, SqlWrites writes) : IRosterStore
{
    // One statement, so that version and entries are of one moment.
    private static readonly SqlStatement Select = new("""
        SELECT roster.version, contact, name, subscription, ask, approved, groups_json, pending_in, in_roster, roster_item.version
        FROM roster LEFT JOIN roster_item ON roster_item.account = roster.account
        WHERE roster.account = @account ORDER BY contact
        """);

    private static readonly SqlStatement RaiseVersion = new("""
        INSERT INTO roster (account, version) VALUES (@account, 1)
        ON CONFLICT (account) DO UPDATE SET version = roster.version + 1 RETURNING version
        """);

    private static readonly SqlStatement Upsert = new("""
        INSERT INTO roster_item (account, contact, name, subscription, ask, approved, groups_json, pending_in, in_roster, version)
        VALUES (@account, @contact, @name, @subscription, @ask, @approved, @groups, @pending_in, @in_roster, @version)
        ON CONFLICT (account, contact) DO UPDATE SET name = excluded.name, subscription = excluded.subscription, ask = excluded.ask,
            approved = excluded.approved, groups_json = excluded.groups_json, pending_in = excluded.pending_in,
            in_roster = excluded.in_roster, version = excluded.version
        """);

    private static readonly SqlStatement ForgetTombstones = new("""
        DELETE FROM roster_item WHERE account = @account AND subscription = @remove AND version <= (
            SELECT version FROM roster_item WHERE account = @account AND subscription = @remove
            ORDER BY version DESC LIMIT 1 OFFSET @kept)
        """);

    private static readonly SqlStatement Delete = new("DELETE FROM roster_item WHERE account = @account AND contact = @contact");

    public ValueTask<(long Version, IReadOnlyList<RosterItem> Items)> LoadAsync(Jid account, CancellationToken cancellationToken) =>
        reads.ReadAsync(account, ReadAsync, cancellationToken);

    public ValueTask<long> SetAsync(Jid account, RosterItem item, CancellationToken cancellationToken) =>
        writes.WriteAsync(account, (account, item), Set, SqlAccountOwner.RowBytes + item.PendingIn.Length, cancellationToken);

    public async ValueTask DeleteAsync(Jid account, Jid contact, CancellationToken cancellationToken) =>
        await writes.WriteAsync(
            account,
            (account, contact),
            static (session, row) => session.Execute(Delete, row.account.Key, row.contact.ToString()),
            SqlAccountOwner.RowBytes,
            cancellationToken);

    private static async ValueTask<(long Version, IReadOnlyList<RosterItem> Items)> ReadAsync(
        SqlSession session, Jid account, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await session.QueryAsync(Select, cancellationToken, account.Key);
        long version = 0;
        var items = new List<RosterItem>();
        while (await rows.ReadAsync(cancellationToken))
        {
            version = rows.GetInt64(0);
            if (!rows.IsDBNull(1))
                items.Add(ReadItem(rows));
        }

        return (version, items);
    }

    private static RosterItem ReadItem(DbDataReader row) => new(
        Contact: Jid.Parse(row.GetString(1)),
        Name: row.IsDBNull(2) ? null : row.GetString(2),
        Subscription: (Subscription)row.GetInt64(3),
        Ask: row.GetInt64(4) != 0,
        Approved: row.GetInt64(5) != 0,
        Groups: JsonSerializer.Deserialize<string[]>(row.GetString(6)) ?? [],
        PendingIn: row.IsDBNull(7) ? default : row.GetFieldValue<byte[]>(7),
        InRoster: row.GetInt64(8) != 0,
        Version: row.GetInt64(9));

    private static long Set(SqlSession session, (Jid Account, RosterItem Item) row)
    {
        session.RequireAccount(row.Account);
        string account = row.Account.Key;
        RosterItem item = row.Item;
        long version = Convert.ToInt64(session.Scalar(RaiseVersion, account));
        session.Execute(
            Upsert,
            account,
            item.Contact.ToString(),
            item.Name,
            (long)item.Subscription,
            item.Ask ? 1L : 0L,
            item.Approved ? 1L : 0L,
            JsonSerializer.Serialize(item.Groups),
            item.PendingIn.IsEmpty ? default(object) : item.PendingIn,
            item.InRoster ? 1L : 0L,
            version);
        if (item.Subscription == Subscription.Remove)
            session.Execute(ForgetTombstones, account, (long)Subscription.Remove, (long)RosterTombstones.Kept);
        return version;
    }
}
