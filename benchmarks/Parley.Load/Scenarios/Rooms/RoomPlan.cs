using System.Buffers.Text;
using System.Text;
using Parley.Load.Connections;

namespace Parley.Load.Scenarios.Rooms;

/// <summary>
/// Who is in which room of a service (XEP-0045). Where there are more places than clients, each client is in several rooms, with
/// other company in each: a room's occupants are drawn from the clients shuffled, the same way in each run.
/// </summary>
internal sealed class RoomPlan
{
    private readonly string _service;
    private readonly string _roomPrefix;
    private readonly string _userPrefix;
    private readonly byte[] _roomStart;
    private readonly byte[] _occupantStart;

    public RoomPlan(Target target, string? service, string roomPrefix)
    {
        _service = service ?? "conference." + target.Domain;
        _roomPrefix = roomPrefix;
        _userPrefix = target.UserPrefix;
        _roomStart = Encoding.UTF8.GetBytes(roomPrefix);
        _occupantStart = Encoding.UTF8.GetBytes($"@{_service}/{target.UserPrefix}");
    }

    /// <summary>The occupants of each room, as the indexes of clients; the first one makes the room.</summary>
    /// <exception cref="LoadException">A room has more places than there are clients.</exception>
    public static int[][] Seat(int clients, int rooms, int occupants)
    {
        if (occupants > clients)
            throw new LoadException($"a room of {occupants} takes as many clients; there are {clients}");
        var random = new Random(45);
        var shuffled = Enumerable.Range(0, clients).ToArray();
        var perRound = clients / occupants;
        var seated = new int[rooms][];
        for (var room = 0; room < rooms; room++)
        {
            if (room % perRound == 0)
                random.Shuffle(shuffled);
            seated[room] = [.. shuffled.Skip(room % perRound * occupants).Take(occupants)];
        }

        return seated;
    }

    public string Room(int room) => $"{_roomPrefix}{room}@{_service}";

    /// <summary>A client's address in a room; its nickname is its account's name.</summary>
    public string Occupant(int room, int client) => $"{Room(room)}/{_userPrefix}{client}";

    /// <summary>Reads an address that <see cref="Occupant"/> made; false where it is of somebody else.</summary>
    public bool TryReadOccupant(ReadOnlySpan<byte> address, out int room, out int client)
    {
        client = 0;
        if (!TryRead(ref address, _roomStart, out room) || !TryRead(ref address, _occupantStart, out client))
            return false;
        return address.IsEmpty;
    }

    private static bool TryRead(ref ReadOnlySpan<byte> address, ReadOnlySpan<byte> start, out int number)
    {
        number = 0;
        if (!address.StartsWith(start) || !Utf8Parser.TryParse(address[start.Length..], out number, out var length))
            return false;
        address = address[(start.Length + length)..];
        return true;
    }
}
