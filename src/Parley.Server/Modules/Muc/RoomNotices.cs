using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc;

/// <summary>What is said to those who are not in a room, or not let in.</summary>
internal static class RoomNotices
{
    /// <summary>The refusal of presence, as clients of rooms know it: by the room, and with the element by which they asked (XEP-0045 §7.2).</summary>
    internal static Stanza Refusal(Stanza presence, StanzaError error)
    {
        var refusal = Stanza.Create(StanzaKind.Presence, StanzaType.Error, presence.To, presence.From, presence.IdText, writer =>
        {
            writer.Start(MucEnter.Name).End();
            error.WriteTo(writer, presence.To!.Bare.ToString());
        });
        return refusal;
    }

    /// <summary>Tells somebody who behaves as if he were in a room that he is not (XEP-0045 §7.2.17).</summary>
    internal static Stanza NotInRoom(Stanza presence)
    {
        var notice = new MucUser
        {
            About = new MucItem { Affiliation = MucAffiliation.None, Role = MucRole.None, Reason = "You are not in the room." },
            Statuses = [MucStatus.SelfPresence, MucStatus.Kicked, MucStatus.TechnicalProblem],
        };
        return Stanza.Create(StanzaKind.Presence, StanzaType.Unavailable, presence.To, presence.From, null, notice.WriteTo);
    }
}
