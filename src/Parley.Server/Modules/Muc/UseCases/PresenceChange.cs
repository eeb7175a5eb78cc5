using System.Globalization;
using Parley.Protocol;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>An occupant's client says something new of itself (XEP-0045 §7.7).</summary>
internal sealed class PresenceChange(RoomPresence presence, ReservedContent reserved, RoomRates rates)
{
    private static readonly XmlName Priority = new("priority", Namespaces.Client);

    internal ValueTask HandleAsync(RoomTurn turn, OccupantSession session)
    {
        rates.RequirePresence(session);
        return ApplyAsync(turn, session, []);
    }

    /// <summary>Takes what the client says; the others hear of it if it is what they see.</summary>
    internal ValueTask ApplyAsync(RoomTurn turn, OccupantSession session, IReadOnlyList<int> statuses)
    {
        var (room, occupant) = (turn.Room, session.Occupant);
        var shown = occupant.Shown;
        var content = reserved.CleanPresence(room, turn.Stanza);
        var isSame = content.Payload.Span.SequenceEqual(session.Presence.Payload.Span);
        session.Presence = content;
        session.Priority = PriorityOf(turn.Stanza);
        session.Turn = room.NextTurn();
        var notice = new PresenceNotice { Origin = session, OriginId = turn.Stanza.IdText, OriginStatuses = statuses };
        if (ReferenceEquals(shown, occupant.Shown) && (isSame || !ReferenceEquals(shown, session)))
        {
            return presence.ToSelfAsync(room, session, notice, turn.Flush);
        }

        occupant.Encoded = null;
        return presence.AnnounceAsync(room, occupant, notice, turn.Flush);
    }

    /// <summary>The priority in a presence; 0 where there is none, or no number of it.</summary>
    internal static sbyte PriorityOf(Stanza presence) =>
        sbyte.TryParse(presence.Child(Priority)?.Text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority) ? priority : (sbyte)0;
}
