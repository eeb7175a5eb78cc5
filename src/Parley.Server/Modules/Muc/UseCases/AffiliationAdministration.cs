using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Changes affiliations of users and domains: bans, members, admins, owners (XEP-0045 §9.1 to §9.5, §10.3 to §10.8). All that a request asks for, or nothing; durable before it is answered.</summary>
internal sealed class AffiliationAdministration(AffiliationRules rules, AffiliationChange change, AffiliationNotices notices)
{
    /// <summary>Makes the changes, and has everybody be told once the request has been answered.</summary>
    /// <exception cref="StanzaException">As <see cref="AffiliationRules"/>; bad-request: it is not said of whom, or the same user comes twice; item-not-found: nobody has that nickname; not-acceptable: it is the room itself.</exception>
    internal async ValueTask ChangeAsync(RoomTurn turn, IReadOnlyList<MucItem> items, CancellationToken cancellationToken)
    {
        RoleRules.RequireAdmin(turn);
        var room = turn.Room;
        var members = new Dictionary<Jid, RoomMember>();
        foreach (var item in items)
        {
            var member = Member(room, item);
            if (!members.TryAdd(member.User, member))
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest, "A user comes twice.");
            }

            rules.Require(turn, member.User, member.Affiliation);
        }

        rules.RequireSound(room, members.Values);
        var before = members.Keys.ToDictionary(static user => user, room.Affiliations.Of);
        var concerned = await change.SetAsync(room, members.Values);
        var there = concerned.Select(static occupant => occupant.Member.User).ToHashSet();
        turn.AfterAnswer = async () =>
        {
            foreach (var occupant in concerned)
            {
                await change.TellAsync(room, occupant, Acting.Notice(turn, occupant.Member.Reason), turn.Flush);
            }

            // Of those who are there, or were until now, a presence has said it.
            foreach (var member in members.Values.Where(member => !there.Contains(member.User)))
            {
                await notices.TellAsync(turn, member, before[member.User]);
            }
        };
    }

    private RoomMember Member(Room room, MucItem item)
    {
        Acting.RequireReason(item.Reason);
        var user = item.Jid is { } jid ? UserOf(room, jid) : UserOf(room, item.Nickname);
        var affiliation = item.Affiliation!.Value;
        return new RoomMember(user, affiliation, NicknameOf(room, user, item), string.IsNullOrEmpty(item.Reason) ? null : item.Reason);
    }

    // An occupant's address in the room is as good as his nickname.
    private static Jid UserOf(Room room, Jid jid) =>
        jid.HasResource && jid.BareEquals(room.Address) ? UserOf(room, jid.Resource) : Acting.RequireUser(room, jid);

    // Of whom who acts may know the nickname alone.
    private static Jid UserOf(Room room, string? nickname) =>
        string.IsNullOrEmpty(nickname) ? throw new StanzaException(StanzaErrorCondition.BadRequest, "The attribute 'jid' is needed.")
        : Acting.FindOccupant(room, nickname) is { } occupant ? Acting.RequireUser(room, occupant)
        : room.Affiliations.ReservedFor(nickname)
            ?? throw new StanzaException(StanzaErrorCondition.ItemNotFound, "Nobody has that nickname.");

    // An empty one is given up, one that is not said stays (§9.5); who is no member has none (§9.1).
    private string? NicknameOf(Room room, Jid user, MucItem item)
    {
        if (item.Affiliation < MucAffiliation.Member || !user.HasLocal || item.Nickname is { Length: 0 })
        {
            return null;
        }

        if (item.Nickname is null || item.Jid is null)
        {
            return room.Affiliations.Find(user)?.Nickname;
        }

        // As he would be in the room (EntryRules).
        var nickname = item.Nickname.Trim();
        rules.RequireNickname(room, nickname);
        return nickname;
    }
}
