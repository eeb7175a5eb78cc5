using System.Data.Common;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Storage.Sql;

internal sealed class SqlRoomStore(SqlReads reads, SqlWrites writes, SqlArchiveStore archives) : IRoomStore
{
    // One statement, so that a room and its members are of one moment.
    private static readonly SqlStatement Select = new("""
        SELECT document, name, description, is_public, is_temporary, NULL, NULL, NULL, NULL FROM room WHERE address = @address
        UNION ALL
        SELECT NULL, NULL, NULL, NULL, NULL, user_address, affiliation, nickname, reason
            FROM room JOIN room_member ON room_member.room = room.id WHERE address = @address
        """);

    private static readonly SqlStatement Number = new("SELECT id FROM room WHERE address = @address");

    private static readonly SqlStatement Upsert = new("""
        INSERT INTO room (address, service, name, description, words, is_public, is_temporary, document)
        VALUES (@address, @service, @name, @description, @words, @is_public, @is_temporary, @document)
        ON CONFLICT (address) DO UPDATE SET name = excluded.name, description = excluded.description, words = excluded.words,
            is_public = excluded.is_public, is_temporary = excluded.is_temporary, document = excluded.document
        """);

    private static readonly SqlStatement UpsertMember = new("""
        INSERT INTO room_member (room, user_address, affiliation, nickname, reason) VALUES (@room, @user, @affiliation, @nickname, @reason)
        ON CONFLICT (room, user_address) DO UPDATE SET affiliation = excluded.affiliation, nickname = excluded.nickname, reason = excluded.reason
        """);

    private static readonly SqlStatement DeleteMember = new("DELETE FROM room_member WHERE room = @room AND user_address = @user");

    private static readonly SqlStatement Delete = new("DELETE FROM room WHERE address = @address");

    private static readonly SqlStatement OfUser = new("""
        SELECT address, affiliation, nickname, reason FROM room_member JOIN room ON room.id = room_member.room
        WHERE user_address = @user ORDER BY address
        """);

    private readonly SqlRoomLists _lists = new();

    public ValueTask<StoredRoom?> FindAsync(Jid room, CancellationToken cancellationToken) => reads.ReadAsync(room.Bare, ReadAsync, cancellationToken);

    public ValueTask SaveAsync(RoomRow room, CancellationToken cancellationToken) => SaveAsync(room, [], cancellationToken);

    public async ValueTask SaveAsync(RoomRow room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken) => await writes.WriteAsync(
        room.Address,
        (room, members),
        Save,
        (SqlAccountOwner.RowBytes * (1 + members.Count)) + room.Document.Length + (4 * (room.Name?.Length ?? 0)) + (4 * (room.Description?.Length ?? 0)),
        cancellationToken);

    public async ValueTask SetMembersAsync(Jid room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken) =>
        await writes.WriteAsync(room, (room, members), SetMembers, SqlAccountOwner.RowBytes * (1 + members.Count), cancellationToken);

    public async ValueTask<bool> RemoveAsync(Jid room, CancellationToken cancellationToken)
    {
        // A large archive goes by small steps first, so that nobody else's write waits for it; the rest goes with the room.
        await archives.TrimAsync(room, 0, int.MaxValue, cancellationToken);
        return await writes.WriteBehindAllAsync(
            room,
            (room, archives),
            static (session, row) =>
            {
                row.archives.RemoveText(session, row.room);
                return session.Execute(Delete, row.room.Key) == 1;
            },
            SqlAccountOwner.RowBytes,
            cancellationToken);
    }

    public ValueTask<IReadOnlyList<RoomRow>> ListAsync(string service, RoomListQuery query, RoomListPage page, CancellationToken cancellationToken) =>
        reads.ReadAsync(
            (_lists, service, query, page),
            static (session, asked, cancellation) => asked._lists.ReadAsync(session, asked.service, asked.query, asked.page, cancellation),
            cancellationToken);

    public ValueTask<int> CountAsync(string service, RoomListQuery query, CancellationToken cancellationToken) =>
        reads.ReadAsync(
            (_lists, service, query),
            static (session, asked, _) => ValueTask.FromResult(asked._lists.Count(session, asked.service, asked.query)),
            cancellationToken);

    public ValueTask<IReadOnlyList<RoomOfUser>> OfUserAsync(Jid user, CancellationToken cancellationToken) =>
        reads.ReadAsync(user.Bare, OfUserAsync, cancellationToken);

    private static async ValueTask<StoredRoom?> ReadAsync(SqlSession session, Jid address, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await session.QueryAsync(Select, cancellationToken, address.Key);
        RoomRow? room = null;
        var members = new List<RoomMember>();
        while (await rows.ReadAsync(cancellationToken))
        {
            if (rows.IsDBNull(5))
                room = SqlRoomLists.Row(address, rows, 0);
            else
                members.Add(Member(Jid.Parse(rows.GetString(5)), rows, 6));
        }

        return room is null ? null : new StoredRoom(room, members);
    }

    private static async ValueTask<IReadOnlyList<RoomOfUser>> OfUserAsync(SqlSession session, Jid user, CancellationToken cancellationToken)
    {
        await using DbDataReader rows = await session.QueryAsync(OfUser, cancellationToken, user.Key);
        var found = new List<RoomOfUser>();
        while (await rows.ReadAsync(cancellationToken))
            found.Add(new RoomOfUser(Jid.Parse(rows.GetString(0)), Member(user, rows, 1)));
        return found;
    }

    private static RoomMember Member(Jid user, DbDataReader row, int column) => new(
        user,
        (MucAffiliation)row.GetInt64(column),
        row.IsDBNull(column + 1) ? null : row.GetString(column + 1),
        row.IsDBNull(column + 2) ? null : row.GetString(column + 2));

    private static int Save(SqlSession session, (RoomRow Room, IReadOnlyCollection<RoomMember> Members) write)
    {
        RoomRow room = write.Room;
        session.Execute(
            Upsert,
            room.Address.Key,
            room.Address.Domain,
            room.Name,
            room.Description,
            RoomWords.Of(room),
            room.IsPublic ? 1L : 0L,
            room.IsTemporary ? 1L : 0L,
            room.Document);
        return write.Members.Count == 0 ? 0 : SetMembers(session, (room.Address, write.Members));
    }

    private static int SetMembers(SqlSession session, (Jid Room, IReadOnlyCollection<RoomMember> Members) write)
    {
        if (session.Scalar(Number, write.Room.Key) is not long room)
            throw new RoomNotFoundException(write.Room.Bare);

        int changed = 0;
        foreach (RoomMember member in write.Members)
        {
            changed += member is { Affiliation: MucAffiliation.None, Nickname: null }
                ? session.Execute(DeleteMember, room, member.User.Key)
                : session.Execute(UpsertMember, room, member.User.Key, (long)member.Affiliation, member.Nickname, member.Reason);
        }

        return changed;
    }
}
