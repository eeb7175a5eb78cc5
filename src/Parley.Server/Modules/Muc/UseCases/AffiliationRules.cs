using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Who may give whom which affiliation (XEP-0045 §5.2.1, §5.2.2, §9.1 to §9.5, §10.3 to §10.8).</summary>
internal sealed class AffiliationRules(MucAdmins admins, IOptions<MucOptions> options)
{
    /// <summary>Lets an admin or owner give a user an affiliation, or not.</summary>
    /// <exception cref="StanzaException">forbidden, not-allowed, conflict: as the sections say.</exception>
    internal void Require(RoomTurn turn, Jid user, MucAffiliation affiliation)
    {
        RoleRules.RequireAdmin(turn);
        var room = turn.Room;
        var (own, his) = (room.Affiliations.Of(turn.From), room.Affiliations.Of(user));
        if (affiliation == MucAffiliation.Outcast && IsSelf(turn, user))
        {
            throw new StanzaException(StanzaErrorCondition.Conflict, "You cannot ban yourself.");
        }

        // What the operator gives, no owner takes.
        if (admins.All.Contains(user) && affiliation < MucAffiliation.Owner)
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed, "An admin of the service owns every room.");
        }

        if (own == MucAffiliation.Owner)
        {
            return;
        }

        // §9.1; admins are for owners to ban (§5.2.2).
        if (affiliation == MucAffiliation.Outcast && his >= MucAffiliation.Admin)
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed, "You may not ban this user.");
        }

        // §10.5, §10.8.
        if (his >= MucAffiliation.Admin || affiliation >= MucAffiliation.Admin)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "Owners and admins are for owners to choose.");
        }
    }

    /// <summary>Whether all changes together are possible.</summary>
    /// <exception cref="StanzaException">conflict: the room would have no owner, or two users one nickname; resource-constraint: it would know of too many users.</exception>
    internal void RequireSound(Room room, IReadOnlyCollection<RoomMember> members)
    {
        var changed = members.Select(static member => member.User).ToHashSet();
        var owners = room.Affiliations.With(MucAffiliation.Owner).ToList();
        var takesLast = owners.Count > 0 && owners.All(owner => changed.Contains(owner.User)) && members.All(static member => member.Affiliation != MucAffiliation.Owner);
        if (takesLast)
        {
            throw new StanzaException(StanzaErrorCondition.Conflict, "A room has an owner.");
        }

        var added = members.Count(IsKept) - members.Count(member => room.Affiliations.Find(member.User) is not null);
        if (added > 0 && room.Affiliations.All.Count + added > options.Value.MaxAffiliations)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"A room knows {options.Value.MaxAffiliations} users at most.");
        }

        RequireOneEach(room, members, changed);
    }

    /// <summary>Whether a nickname can be reserved at all.</summary>
    /// <exception cref="StanzaException">not-acceptable: it is too long, or nobody sees it.</exception>
    internal void RequireNickname(Room room, string nickname)
    {
        if (!Nicknames.IsVisible(nickname) || nickname.Length > options.Value.MaxNicknameLength
            || !Jid.TryCreate(room.Address.Local, room.Address.Domain, nickname, out var address) || address.ResourceUtf8.Length > options.Value.MaxNicknameLength)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, "The nickname is too long, or not to be seen.");
        }
    }

    // Somebody else's nickname is his as long as this request does not take it from him, or he is in the room under it.
    private static void RequireOneEach(Room room, IReadOnlyCollection<RoomMember> members, HashSet<Jid> changed)
    {
        // Who is in the request keeps his own where it gives him no other.
        var named = new NicknameIndex<RoomMember>();
        foreach (var member in members.Where(IsNamedSo))
        {
            named.Set(member.Nickname!, member);
        }

        foreach (var member in members)
        {
            if (member.Nickname is not { } nickname || IsNamedSo(member))
            {
                continue;
            }

            var isTaken = named.IsTaken(nickname, static _ => false)
                || room.Affiliations.IsReserved(nickname, changed.Contains)
                || room.Occupants.IsTaken(nickname, occupant => occupant.User.BareEquals(member.User));
            if (isTaken)
            {
                throw new StanzaException(StanzaErrorCondition.Conflict, "The nickname is somebody else's.");
            }

            named.Set(nickname, member);
        }

        bool IsNamedSo(RoomMember member) => member.Nickname is not null && member.Nickname == room.Affiliations.Find(member.User)?.Nickname;
    }

    private static bool IsKept(RoomMember member) => member is not { Affiliation: MucAffiliation.None, Nickname: null };

    // His domain is he where nothing else makes him what he is.
    private static bool IsSelf(RoomTurn turn, Jid user) =>
        user.BareEquals(turn.From)
        || (!user.HasLocal && user.Equals(turn.From.DomainJid) && turn.Room.Affiliations.Find(turn.From) is not { Affiliation: not MucAffiliation.None });
}
