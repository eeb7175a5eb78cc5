using Parley.Protocol.Extensions.Muc;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc;

/// <summary>What an operator decides about rooms (XEP-0045). Validated when the server starts.</summary>
public sealed class MucOptions
{
    /// <summary>Whether there are rooms. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The domains of the services. Default: <c>conference.</c> before each hosted domain.</summary>
    public IList<string> Services { get; } = [];

    /// <summary>Who may create rooms. Default: the accounts of this server.</summary>
    public RoomCreators WhoMayCreate { get; set; } = RoomCreators.Local;

    /// <summary>Bare JIDs of those who are owners of every room, and may always create one. Default: nobody.</summary>
    public IList<string> Admins { get; } = [];

    /// <summary>Occupants of a room whose owner has not said how many. Default 200; owners and admins come on top.</summary>
    public int MaxOccupants { get; set; } = 200;

    /// <summary>Occupants that an owner may allow. Default 5,000.</summary>
    public int MaxOccupantsLimit { get; set; } = 5000;

    /// <summary>Rooms of one service; the next is not created (resource-constraint). Default 100,000; 0: any number.</summary>
    public int MaxRooms { get; set; } = 100_000;

    /// <summary>Rooms of one service that one user owns; the next is not created (resource-constraint). Default 100; 0: any number.</summary>
    public int MaxRoomsPerUser { get; set; } = 100;

    /// <summary>Rooms that the clients of one user are in at a time, each client counted; the next is refused (resource-constraint). Default 1,000; 0: any number.</summary>
    public int MaxRoomsJoined { get; set; } = 1000;

    /// <summary>Users and domains that one room has an affiliation or a nickname for; the next is refused (resource-constraint); a quarter is for admins to give, and not for who registers himself. Default 4,000; 4,096 at most, for so long a list is read.</summary>
    public int MaxAffiliations { get; set; } = 4000;

    /// <summary>Messages a second that one user may send to a room on average, invitations and their declining included, with all his clients, where <see cref="Hosting.XmppServerOptions.RateLimits"/> apply; ten seconds' worth at once. Beyond, messages are refused with policy-violation. Default 5; 0: any number.</summary>
    public int MessageRate { get; set; } = 5;

    /// <summary>Changes of presence and nickname, and entries, a second of one user in a room on average, likewise. Default 1; 0: any number.</summary>
    public int PresenceRate { get; set; } = 1;

    /// <summary>Requests a second of one user to others in a room (avatars, versions) on average, likewise. Default 20; 0: any number.</summary>
    public int RequestRate { get; set; } = 20;

    /// <summary>Messages of history in a room whose owner has not said how many. Default 20.</summary>
    public int MaxHistory { get; set; } = 20;

    /// <summary>Messages of history that an owner may allow; so many of each room in use, 512 KiB at most, are in memory. Default 100.</summary>
    public int MaxHistoryLimit { get; set; } = 100;

    /// <summary>Bytes of a nickname; a longer one is not-acceptable. Default 256.</summary>
    public int MaxNicknameLength { get; set; } = 256;

    /// <summary>Bytes of a message that changes the subject; a longer one is not-acceptable. Default 8 KiB.</summary>
    public int MaxSubjectLength { get; set; } = 8 * 1024;

    /// <summary>Whether users may become members by themselves. Default <see cref="RoomRegistrationPolicy.Open"/>: at once where anybody may enter and speak, otherwise once an admin of the room agrees.</summary>
    public RoomRegistrationPolicy Registration { get; set; } = RoomRegistrationPolicy.Open;

    /// <summary>Whether anybody may list the occupants of a public room that is open to all (XEP-0045 §6.5), and not those who are in it alone. Default false.</summary>
    public bool ShowOccupants { get; set; }

    /// <summary>Bytes of a room's vCard, with its avatar (XEP-0486); a larger one is refused with policy-violation. Default 64 KiB.</summary>
    public int MaxVCardSize { get; set; } = 64 * 1024;

    /// <summary>How long a stored room that nobody is in stays in memory. Default 10 minutes.</summary>
    public TimeSpan IdleTime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the creator of a room may take to configure it, before it opens to others as it is (XEP-0045 §10.1.1). Default 0: as long as he stays in it; if he goes, so does the room.</summary>
    public TimeSpan ConfigurationTime { get; set; }

    /// <summary>What a new room is like until its owner says otherwise.</summary>
    public NewRoomOptions NewRooms { get; set; } = new();

    internal RoomConfiguration Configuration => new()
    {
        IsPersistent = NewRooms.Persistent,
        IsPublic = NewRooms.Public,
        IsMembersOnly = NewRooms.MembersOnly,
        IsModerated = NewRooms.Moderated,
        IsNonAnonymous = NewRooms.NonAnonymous,
        IsLogged = NewRooms.Logged,
        MayChangeSubject = NewRooms.OccupantsMayChangeSubject,
        MayInvite = NewRooms.OccupantsMayInvite,
        MaxUsers = MaxOccupants,
        MaxHistory = MaxHistory,
        MemberList = [MucRole.Moderator],
    };
}

/// <summary>What a new room is like until its owner says otherwise.</summary>
public sealed class NewRoomOptions
{
    /// <summary>Whether the room stays when the last occupant has left. Default false.</summary>
    public bool Persistent { get; set; }

    /// <summary>Whether the room is listed. Default true.</summary>
    public bool Public { get; set; } = true;

    /// <summary>Whether only members may enter. Default false.</summary>
    public bool MembersOnly { get; set; }

    /// <summary>Whether those without an affiliation have no voice. Default false.</summary>
    public bool Moderated { get; set; }

    /// <summary>Whether every occupant sees the others' real addresses, and not moderators alone. Default false.</summary>
    public bool NonAnonymous { get; set; }

    /// <summary>Whether messages are kept in the room's archive (XEP-0313). Default true.</summary>
    public bool Logged { get; set; } = true;

    /// <summary>Whether participants may change the subject, and not moderators alone. Default false.</summary>
    public bool OccupantsMayChangeSubject { get; set; }

    /// <summary>Whether participants may invite others, and not moderators alone. Default true.</summary>
    public bool OccupantsMayInvite { get; set; } = true;
}

/// <summary>Who may create rooms.</summary>
public enum RoomCreators
{
    /// <summary>The accounts of this server.</summary>
    Local,

    /// <summary>Anybody, from other servers, too.</summary>
    Everybody,

    /// <summary>Those in <see cref="MucOptions.Admins"/> alone.</summary>
    Admins,
}
