using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Who has which affiliation in a room, and which nickname is whose (XEP-0045 §5.2). Used in the room's turn alone.</summary>
internal sealed class Affiliations
{
    private readonly Dictionary<Jid, RoomMember> _members = [];
    private readonly NicknameIndex<Jid> _reserved = new();

    private readonly IReadOnlySet<Jid> _admins;

    /// <param name="members">Those that are stored.</param>
    /// <param name="admins">Those who are owners of every room.</param>
    internal Affiliations(IEnumerable<RoomMember> members, IReadOnlySet<Jid> admins)
    {
        _admins = admins;
        foreach (var member in members)
        {
            Set(member);
        }
    }

    /// <summary>All that are known.</summary>
    internal IReadOnlyCollection<RoomMember> All => _members.Values;

    /// <summary>How many owners there are; each room has one at least (XEP-0045 §10).</summary>
    internal int Owners => _members.Values.Count(static member => member.Affiliation == MucAffiliation.Owner);

    /// <summary>A user's affiliation: his own, or else that of his domain.</summary>
    /// <param name="user">Any address of his.</param>
    internal MucAffiliation Of(Jid user) =>
        _admins.Count > 0 && _admins.Contains(user.Bare) ? MucAffiliation.Owner
        : Find(user) is { Affiliation: not MucAffiliation.None } own ? own.Affiliation
        : user.HasLocal ? _members.GetValueOrDefault(user.DomainJid)?.Affiliation ?? MucAffiliation.None
        : MucAffiliation.None;

    /// <summary>What is known of a user himself, or null.</summary>
    internal RoomMember? Find(Jid user) => _members.GetValueOrDefault(user.Bare);

    /// <summary>Those of one affiliation.</summary>
    internal IEnumerable<RoomMember> With(MucAffiliation affiliation) => _members.Values.Where(member => member.Affiliation == affiliation);

    /// <summary>Whose nickname this is, but for its case; null for nobody's. Who has one that only looks like it is somebody else.</summary>
    internal Jid? ReservedFor(string nickname) =>
        _reserved.Find(nickname) is { } user && string.Equals(Find(user)?.Nickname, nickname, StringComparison.OrdinalIgnoreCase) ? user : null;

    /// <summary>Whether a nickname, or one too much like it, is that of a user who does not fit.</summary>
    internal bool IsReserved(string nickname, Func<Jid, bool> fits) => _reserved.IsTaken(nickname, fits);

    /// <summary>Sets what is known of a user; none without a nickname forgets him.</summary>
    internal void Set(RoomMember member)
    {
        if (_members.Remove(member.User, out var before) && before.Nickname is { } old)
        {
            // In one request it may have become another's before (RequireSound).
            _reserved.Remove(old, member.User);
        }

        if (member is { Affiliation: MucAffiliation.None, Nickname: null })
        {
            return;
        }

        _members[member.User] = member;
        if (member.Nickname is { } nickname)
        {
            _reserved.Set(nickname, member.User);
        }
    }
}
