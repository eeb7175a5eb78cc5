using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>What a room's owners decide about it (XEP-0045 §10, §15.5.3). Immutable.</summary>
public sealed record RoomConfiguration
{
    // The same as a bit for each role: it is asked of each occupant for each presence.
    private readonly int _broadcast = (1 << (int)MucRole.Moderator) | (1 << (int)MucRole.Participant) | (1 << (int)MucRole.Visitor);

    /// <summary>A name for people, or null.</summary>
    public string? Name { get; init; }

    /// <summary>What the room is about, or null.</summary>
    public string? Description { get; init; }

    /// <summary>The language that is spoken, or null.</summary>
    public string? Language { get; init; }

    /// <summary>The address of a publish-subscribe node that belongs to the room, or null.</summary>
    public string? PubSub { get; init; }

    /// <summary>Addresses of people who answer for the room, which everybody is told.</summary>
    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>Where the messages can be read, as a URL, or null.</summary>
    public string? Logs { get; init; }

    /// <summary>Whether the room stays when the last occupant has left.</summary>
    public bool IsPersistent { get; init; }

    /// <summary>Whether the room is listed.</summary>
    public bool IsPublic { get; init; } = true;

    /// <summary>Whether only members may enter.</summary>
    public bool IsMembersOnly { get; init; }

    /// <summary>Whether visitors have no voice.</summary>
    public bool IsModerated { get; init; }

    /// <summary>Whether every occupant sees real addresses, and not moderators alone.</summary>
    public bool IsNonAnonymous { get; init; }

    /// <summary>What has to be said to enter; null for nothing.</summary>
    public string? Password { get; init; }

    /// <summary>Whether messages are kept in the room's archive.</summary>
    public bool IsLogged { get; init; } = true;

    /// <summary>Whether participants may change the subject, and not moderators alone.</summary>
    public bool MayChangeSubject { get; init; }

    /// <summary>Whether participants may invite others, and not moderators alone; into a members-only room members may then as well.</summary>
    public bool MayInvite { get; init; } = true;

    /// <summary>Who may write private messages: whoever has this role or more; null for nobody.</summary>
    public MucRole? PrivateMessages { get; init; } = MucRole.Visitor;

    /// <summary>The roles of those whose presence everybody sees.</summary>
    public IReadOnlyList<MucRole> BroadcastPresence
    {
        get;
        init
        {
            field = value;
            _broadcast = value.Aggregate(0, static (roles, role) => roles | (1 << (int)role));
        }
    } = [MucRole.Moderator, MucRole.Participant, MucRole.Visitor];

    /// <summary>The roles of those who may see the lists of members.</summary>
    public IReadOnlyList<MucRole> MemberList { get; init; } = [MucRole.Moderator];

    /// <summary>Instead of a number of occupants, in a form that has been accepted: as many as the service allows.</summary>
    public const int AnyNumber = int.MaxValue;

    /// <summary>Occupants at a time, owners and admins on top.</summary>
    public int MaxUsers { get; init; } = 200;

    /// <summary>Messages of the history that whoever enters is given.</summary>
    public int MaxHistory { get; init; } = 20;

    /// <summary>Seconds between two messages of a user (XEP-0500); 0 for no such limit.</summary>
    public int SlowMode { get; init; }

    /// <summary>The field of <see cref="LocksNicknames"/>, for which XEP-0045 has none.</summary>
    public const string LocksNicknamesField = "{urn:parley:room:1}locknicknames";

    /// <summary>Whether who has a reserved nickname is in the room under that alone (XEP-0045 §7.2.2, §7.6, §7.10).</summary>
    public bool LocksNicknames { get; init; }

    /// <summary>Whether the presence of a role is for everybody to see.</summary>
    internal bool Broadcasts(MucRole role) => (_broadcast & (1 << (int)role)) != 0;

    /// <summary>The role with which an affiliation enters (XEP-0045 §5.1.2).</summary>
    internal MucRole DefaultRole(MucAffiliation affiliation) => affiliation switch
    {
        MucAffiliation.Owner or MucAffiliation.Admin => MucRole.Moderator,
        MucAffiliation.Member => MucRole.Participant,
        MucAffiliation.Outcast => MucRole.None,
        _ => IsModerated ? MucRole.Visitor : MucRole.Participant,
    };
}
