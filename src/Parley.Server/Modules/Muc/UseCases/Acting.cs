using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What moderators, admins and owners have in common when they act upon others.</summary>
internal static class Acting
{
    private const int MaxReason = 1024;

    /// <summary>What everybody is told: who did it, and why. By his nickname if he is there; by his address where none is hidden (XEP-0045 §8.2, §9.1).</summary>
    internal static PresenceNotice Notice(RoomTurn turn, string? reason) => new()
    {
        ActorNickname = (turn.Sender ?? turn.Room.Occupants.OfUser(turn.From).FirstOrDefault())?.Nickname,
        ActorJid = turn.Room.Configuration.IsNonAnonymous ? turn.From.Bare : null,
        Reason = string.IsNullOrEmpty(reason) ? null : reason,
    };

    /// <summary>The occupant of a nickname; null when there is none.</summary>
    internal static Occupant? FindOccupant(Room room, string nickname) =>
        Jid.TryCreate(room.Address.Local, room.Address.Domain, nickname, out var address) ? room.Occupants.Find(address) : null;

    /// <summary>Whom an affiliation is for: of any address of a user his bare JID; a domain stands for itself and all its users (XEP-0045 §9.1, §9.2).</summary>
    /// <exception cref="StanzaException">not-acceptable: it is the room itself, or a resource of a domain, which cannot be meant without all others there.</exception>
    internal static Jid RequireUser(Room room, Jid address) =>
        address.BareEquals(room.Address) ? throw new StanzaException(StanzaErrorCondition.NotAcceptable, "The room is no user of its own.")
        : address is { HasLocal: false, HasResource: true } ? throw OfDomain()
        : address.Bare;

    /// <summary>The same of an occupant who is named by his nickname.</summary>
    /// <exception cref="StanzaException">not-acceptable: he is a domain, and with it would be meant all its users.</exception>
    internal static Jid RequireUser(Room room, Occupant occupant) => occupant.User.HasLocal ? RequireUser(room, occupant.User) : throw OfDomain();

    /// <exception cref="StanzaException">not-acceptable: the reason, which all are told and which is kept, is too long.</exception>
    internal static void RequireReason(string? reason)
    {
        if (reason?.Length > MaxReason)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"A reason has {MaxReason} characters at most.");
        }
    }

    private static StanzaException OfDomain() => new(StanzaErrorCondition.NotAcceptable, "Only the whole domain can be meant, and has to be named.");
}
