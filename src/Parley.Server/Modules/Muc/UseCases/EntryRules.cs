using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Who may enter a room, and under which nickname (XEP-0045 §7.2.5 to §7.2.11, §7.2.16).</summary>
internal sealed class EntryRules(IOptions<MucOptions> options)
{
    // So that a full room can be put in order (XEP-0045 §7.2.9).
    private const int SeatsForAdmins = 20;

    // Of one user, under all his nicknames.
    private const int MaxClients = 20;

    /// <summary>Lets a user in, or not.</summary>
    /// <exception cref="StanzaException">The condition that §7.2.16 names.</exception>
    internal static void Require(Room room, Jid user, MucEnter enter)
    {
        var affiliation = room.Affiliations.Of(user);
        if (room.IsLocked && !user.BareEquals(room.LockedBy!))
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "The room is not there yet: who created it has still to configure it.");
        }

        if (affiliation == MucAffiliation.Outcast)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You are banned from the room.");
        }

        if (room.Configuration.IsMembersOnly && affiliation < MucAffiliation.Member)
        {
            throw new StanzaException(StanzaErrorCondition.RegistrationRequired, "The room is for members only.");
        }

        if (room.Configuration.Password is { } password && !IsSame(password, enter.Password))
        {
            throw new StanzaException(
                StanzaErrorCondition.NotAuthorized, enter.Password is null ? "The room has a password." : "That is not the room's password.");
        }
    }

    /// <summary>Lets one occupant more in, or not.</summary>
    /// <exception cref="StanzaException">service-unavailable, to wait: the room is full.</exception>
    internal static void RequireSeat(Room room, MucAffiliation affiliation)
    {
        var seats = room.Configuration.MaxUsers + (affiliation >= MucAffiliation.Admin ? SeatsForAdmins : 0);
        if (room.Occupants.Count >= seats)
        {
            throw new StanzaException(new StanzaError(StanzaErrorCondition.ServiceUnavailable, StanzaErrorType.Wait, "The room is full."));
        }
    }

    /// <summary>Lets a user in with one client more, or not: nicknames are for the taking, and one user is not to take all the seats, nor to have every message sent to him a thousand times.</summary>
    /// <exception cref="StanzaException">resource-constraint: he is there with as many clients as he may.</exception>
    internal static void RequireClient(Room room, Jid user)
    {
        if (room.Occupants.OfUser(user).Sum(static occupant => occupant.Sessions.Length) >= MaxClients)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"One user is in a room with {MaxClients} clients at most.");
        }
    }

    /// <summary>The address in the room that a user has to have there: with his reserved nickname, where the room holds everybody to his own (XEP-0045 §7.10). Null where he may choose.</summary>
    internal static Jid? HeldTo(Room room, Jid user) =>
        room.Configuration.LocksNicknames && room.Affiliations.Find(user)?.Nickname is { } own && Jid.TryCreate(room.Address.Local, room.Address.Domain, own.Trim(), out var address)
            ? address
            : null;

    /// <summary>The address in the room that a user gets: with the nickname that he asks for, without white space around it.</summary>
    /// <exception cref="StanzaException">not-acceptable: too long, invisible, or not the reserved one where that has to be used; conflict: somebody else's, or too much like it.</exception>
    internal Jid RequireNickname(Room room, Jid user, Jid asked, out bool isChanged)
    {
        var nickname = asked.Resource!.Trim();
        isChanged = nickname.Length != asked.Resource!.Length;
        if (nickname.Length == 0 || !Nicknames.IsVisible(nickname))
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, "A nickname has to be seen.");
        }

        if (asked.ResourceUtf8.Length > options.Value.MaxNicknameLength)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"Nicknames have {options.Value.MaxNicknameLength} bytes at most.");
        }

        if (HeldTo(room, user) is { } own && !own.Resource!.Equals(nickname, StringComparison.Ordinal))
        {
            throw new StanzaException(new StanzaError(StanzaErrorCondition.NotAcceptable, StanzaErrorType.Cancel, "Your reserved nickname has to be used."));
        }

        if (room.Affiliations.IsReserved(nickname, user.BareEquals) || room.Occupants.IsTaken(nickname, other => other.User.BareEquals(user)))
        {
            throw new StanzaException(StanzaErrorCondition.Conflict, "The nickname is somebody else's.");
        }

        return isChanged ? room.Address.WithResource(nickname) : asked;
    }

    // What is compared is a secret.
    private static bool IsSame(string password, string? given) =>
        given is not null && System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(
            System.Text.Encoding.UTF8.GetBytes(password), System.Text.Encoding.UTF8.GetBytes(given));
}
