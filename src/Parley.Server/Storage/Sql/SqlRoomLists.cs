using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Storage.Sql;

/// <summary>Reads lists of rooms: pages by index, words and counts by a look at each room of the service.</summary>
internal sealed class SqlRoomLists
{
    // The order of a CROSS JOIN is kept where it matters: an owner has fewer rooms than a service.
    private static readonly string OfOwner = string.Create(
        CultureInfo.InvariantCulture,
        $"FROM room_member CROSS JOIN room WHERE user_address = @owner AND affiliation = {(int)MucAffiliation.Owner} AND room.id = room_member.room AND service = @service");

    // One for each combination of conditions: a few hundred at most.
    private readonly ConcurrentDictionary<string, SqlStatement> _statements = new(StringComparer.Ordinal);

    /// <summary>The room in a row of document, name, description and what it is.</summary>
    public static RoomRow Row(Jid address, DbDataReader row, int column) => new(
        address,
        row.IsDBNull(column + 1) ? null : row.GetString(column + 1),
        row.IsDBNull(column + 2) ? null : row.GetString(column + 2),
        row.GetInt64(column + 3) != 0,
        row.GetFieldValue<byte[]>(column))
    {
        IsTemporary = row.GetInt64(column + 4) != 0,
    };

    public async ValueTask<IReadOnlyList<RoomRow>> ReadAsync(
        SqlSession session, string service, RoomListQuery query, RoomListPage page, CancellationToken cancellationToken)
    {
        if (Conditions(service, query) is not var (conditions, values))
            return [];

        values.Add((long)page.Max);
        string document = page.OmitsDocuments ? "SUBSTR(document, 1, 0)" : "document";
        SqlStatement statement = Statement(
            $"SELECT address, {document}, name, description, is_public, is_temporary {conditions} ORDER BY address {(page.FromEnd ? "DESC" : "ASC")} LIMIT @count");
        await using DbDataReader rows = await session.QueryAsync(statement, cancellationToken, [.. values]);
        var found = new List<RoomRow>();
        while (await rows.ReadAsync(cancellationToken))
            found.Add(Row(Jid.Parse(rows.GetString(0)), rows, 1));
        if (page.FromEnd)
            found.Reverse();
        return found;
    }

    public int Count(SqlSession session, string service, RoomListQuery query) =>
        Conditions(service, query) is var (conditions, values)
            ? Convert.ToInt32(session.Scalar(Statement($"SELECT COUNT(*) {conditions}"), [.. values]))
            : 0;

    /// <summary>What the rooms are found by, and the values in it; null when nothing can be found.</summary>
    private static (string Text, List<object?> Values)? Conditions(string service, RoomListQuery query)
    {
        string text = query.Owner is null ? "FROM room WHERE service = @service" : OfOwner;
        var values = query.Owner is { } owner ? new List<object?> { owner.Key, service } : [service];
        if (query.After is { } after)
            Add(" AND address > @after", after.Key);
        if (query.Before is { } before)
            Add(" AND address < @before", before.Key);
        if (query.IsPublic is { } isPublic)
            Add(" AND is_public = @is_public", isPublic ? 1L : 0L);
        if (query.IsTemporary is { } isTemporary)
            Add(" AND is_temporary = @is_temporary", isTemporary ? 1L : 0L);
        if (query.Text is not { } sought)
            return (text, values);

        // Words hold letters, digits and marks alone: no character of one means anything in a pattern.
        IReadOnlyList<string> words = RoomWords.Sought(sought);
        for (int i = 0; i < words.Count; i++)
            Add($" AND words LIKE @word_{(char)('a' + i)}", $"%{words[i]}%");
        return words.Count == 0 ? null : (text, values);

        void Add(string condition, object value)
        {
            text += condition;
            values.Add(value);
        }
    }

    private SqlStatement Statement(string text) => _statements.GetOrAdd(text, static text => new SqlStatement(text));
}
