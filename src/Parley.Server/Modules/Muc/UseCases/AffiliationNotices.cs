using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What is said of users whose affiliation changes while they are not in the room (XEP-0045 §9.5, §10.3, §10.6, §10.7, §15.6.2), where no presence says it.</summary>
internal sealed class AffiliationNotices(RoomFanOut fanOut, Lazy<StanzaRouter> router)
{
    /// <summary>Tells those occupants who see addresses, and the user himself; a new member of a members-only room is invited.</summary>
    internal async ValueTask TellAsync(RoomTurn turn, RoomMember member, MucAffiliation before)
    {
        var room = turn.Room;
        if (member.Affiliation == before)
        {
            return;
        }

        var about = new MucItem { Affiliation = member.Affiliation, Role = MucRole.None, Jid = member.User, Reason = member.Reason };
        var notice = Message(room, new MucUser { About = about }.WriteTo);
        foreach (var occupant in room.Occupants.All)
        {
            if (room.Shows(occupant.Role))
            {
                await fanOut.SendAsync(room, occupant, notice, room.Address, turn.Flush);
            }
        }

        if (member.User.HasLocal)
        {
            var own = IsInvited(room, member, before)
                ? Message(room, new MucInvitations([new MucInvitation(From: turn.From.Bare, Reason: member.Reason)], room.Configuration.Password).WriteTo)
                : Message(room, new MucUser { About = about, Statuses = [MucStatus.AffiliationChanged] }.WriteTo);
            await router.Value.RouteAsync(own.WithAddresses(room.Address, member.User), null, turn.Flush, CancellationToken.None);
        }
    }

    private static bool IsInvited(Room room, RoomMember member, MucAffiliation before) =>
        room.Configuration.IsMembersOnly && member.Affiliation >= MucAffiliation.Member && before < MucAffiliation.Member;

    private static Stanza Message(Room room, Action<Protocol.Xml.Utf8XmlWriter> content) =>
        Stanza.Create(StanzaKind.Message, StanzaType.None, room.Address, null, Guid.NewGuid().ToString(), content);
}
