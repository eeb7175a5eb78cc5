using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>A user in a room, under one nickname, with one client or several (XEP-0045 §4.3, §7.2.8). Used in the room's turn alone.</summary>
internal sealed class Occupant
{
    internal Occupant(Jid address, Jid user, MucRole role, string id)
    {
        Address = address;
        Nickname = address.Resource!;
        User = user;
        Role = role;
        Id = id;
    }

    /// <summary>The address in the room, <c>room@service/nickname</c>.</summary>
    internal Jid Address { get; private set; }

    internal string Nickname { get; private set; }

    /// <summary>The real bare JID.</summary>
    internal Jid User { get; }

    /// <summary>What everybody may know the user by (XEP-0421).</summary>
    internal string Id { get; }

    internal MucRole Role { get; set; }

    /// <summary>His clients, in the order in which they entered; the array stays as it is when one comes or goes.</summary>
    internal OccupantSession[] Sessions { get; private set; } = [];

    /// <summary>The client whose presence the others see: of the highest priority, and of those the last that sent one.</summary>
    internal OccupantSession Shown
    {
        get
        {
            var shown = Sessions[0];
            foreach (var session in Sessions)
            {
                if (session.Priority > shown.Priority || (session.Priority == shown.Priority && session.Turn > shown.Turn))
                {
                    shown = session;
                }
            }

            return shown;
        }
    }

    /// <summary>His presence as it was encoded last; null once something of it has changed.</summary>
    internal EncodedPresence? Encoded { get; set; }

    /// <summary>Whether the others have been told that he is there, and not yet that he is not: they are told once he has a role whose presence is not broadcast (XEP-0045 §15.5.3, presencebroadcast).</summary>
    internal bool IsSeen { get; set; }

    /// <summary>Where he stands among the others; for <see cref="OccupantList"/> alone.</summary>
    internal int Place { get; set; }

    internal void Add(OccupantSession session) => Sessions = [.. Sessions, session];

    internal void Remove(OccupantSession session) => Sessions = [.. Sessions.Where(other => !ReferenceEquals(other, session))];

    internal void Rename(Jid address)
    {
        Address = address;
        Nickname = address.Resource!;
        Encoded = null;
    }
}
