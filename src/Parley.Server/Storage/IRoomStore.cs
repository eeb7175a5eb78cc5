using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Storage;

/// <summary>The rooms of Multi-User Chat services (XEP-0045): configuration, subject and affiliations; who is in them is not stored.</summary>
/// <remarks>
/// Wherever a room is taken, the resource of its address is passed over. A service is the domain of its rooms. One process at a time writes about
/// one room. How many users a room has rows for is for the caller to bound: they are read together. For failures, see <see cref="IAccountStore"/>.
/// </remarks>
public interface IRoomStore
{
    /// <summary>What is stored of a room; null when there is none.</summary>
    ValueTask<StoredRoom?> FindAsync(Jid room, CancellationToken cancellationToken);

    /// <summary>Creates a room, which may own an archive from then on, or replaces all of it but its members. Durable when the task completes.</summary>
    ValueTask SaveAsync(RoomRow room, CancellationToken cancellationToken);

    /// <summary>Saves a room and sets the rows of users, both or neither: so no room is ever there without its owner. Durable when the task completes.</summary>
    ValueTask SaveAsync(RoomRow room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken);

    /// <summary>Sets the rows of users, of several all or none; one with <see cref="MucAffiliation.None"/> and no nickname is removed. Durable when the task completes.</summary>
    /// <exception cref="RoomNotFoundException">There is no such room; nothing was kept.</exception>
    ValueTask SetMembersAsync(Jid room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken);

    /// <summary>Removes a room, its members and its archive; false when there is none. Durable when the task completes.</summary>
    ValueTask<bool> RemoveAsync(Jid room, CancellationToken cancellationToken);

    /// <summary>A page of a service's rooms, in the order of the bytes of their addresses.</summary>
    /// <remarks>A room created or removed meanwhile may be in it or not.</remarks>
    ValueTask<IReadOnlyList<RoomRow>> ListAsync(string service, RoomListQuery query, RoomListPage page, CancellationToken cancellationToken);

    /// <summary>How many rooms of a service a query finds.</summary>
    ValueTask<int> CountAsync(string service, RoomListQuery query, CancellationToken cancellationToken);

    /// <summary>The rooms of all services in which a bare JID or domain has a row of its own, in the order of their addresses.</summary>
    ValueTask<IReadOnlyList<RoomOfUser>> OfUserAsync(Jid user, CancellationToken cancellationToken);
}

/// <summary>A room, without its members.</summary>
/// <param name="Address">Its bare JID.</param>
/// <param name="Name">The name that lists show; null for none.</param>
/// <param name="Description">The description that lists show; null for none.</param>
/// <param name="IsPublic">Whether lists show it at all.</param>
/// <param name="Document">Whatever else is to be known of it, as its service writes it.</param>
public sealed record RoomRow(Jid Address, string? Name, string? Description, bool IsPublic, ReadOnlyMemory<byte> Document)
{
    /// <summary>Whether it goes when its last occupant leaves: none is left of these when the server starts.</summary>
    public bool IsTemporary { get; init; }
}

/// <summary>What a room knows of a user.</summary>
/// <param name="User">A bare JID, or a domain.</param>
/// <param name="Affiliation">The affiliation; <see cref="MucAffiliation.None"/> for one who has but a nickname.</param>
/// <param name="Nickname">The nickname that is reserved for him (XEP-0045 §7.10); null for none.</param>
/// <param name="Reason">Why he has his affiliation; null when nobody said.</param>
public sealed record RoomMember(Jid User, MucAffiliation Affiliation, string? Nickname, string? Reason);

/// <summary>A room with all its members, who are in no particular order.</summary>
public sealed record StoredRoom(RoomRow Row, IReadOnlyList<RoomMember> Members);

/// <summary>A room, and what it knows of the user who was asked for.</summary>
public readonly record struct RoomOfUser(Jid Room, RoomMember Member);

/// <summary>Which rooms of a service are asked for; every condition that is set has to hold.</summary>
public sealed record RoomListQuery
{
    /// <summary>All rooms.</summary>
    public static RoomListQuery All { get; } = new();

    /// <summary>Rooms with this <see cref="RoomRow.IsPublic"/> alone.</summary>
    public bool? IsPublic { get; init; }

    /// <summary>Rooms with this <see cref="RoomRow.IsTemporary"/> alone.</summary>
    public bool? IsTemporary { get; init; }

    /// <summary>Rooms of which this bare JID is an owner.</summary>
    public Jid? Owner { get; init; }

    /// <summary>Words each of which has to be a part of the address's localpart, the name or the description, whatever their case and diacritics; at most 8 of them, see <see cref="SearchWords"/>. A text without any finds nothing.</summary>
    public string? Text { get; init; }

    /// <summary>Rooms whose addresses come before this one.</summary>
    public Jid? Before { get; init; }

    /// <summary>Rooms whose addresses come behind this one.</summary>
    public Jid? After { get; init; }
}

/// <summary>How much of what a <see cref="RoomListQuery"/> finds is taken.</summary>
/// <param name="Max">The most rooms of the page.</param>
/// <param name="FromEnd">Whether the page is the last of what was found, not the first; it begins with the lowest address either way.</param>
public readonly record struct RoomListPage(int Max, bool FromEnd = false)
{
    /// <summary>Whether <see cref="RoomRow.Document"/> is left empty: documents are larger than all else together.</summary>
    public bool OmitsDocuments { get; init; }
}
