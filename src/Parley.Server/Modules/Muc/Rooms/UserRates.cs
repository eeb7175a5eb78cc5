namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>How far a user has used up what he may send to a room, with all his clients (<see cref="RoomRates"/>): the timestamps to which it would have taken him at the rate. Used in the room's turn alone.</summary>
internal sealed class UserRates
{
    /// <summary>Of messages.</summary>
    internal long Messages;

    /// <summary>Of presences.</summary>
    internal long Presences;

    /// <summary>Of times that he enters.</summary>
    internal long Entries;

    /// <summary>Of requests to others.</summary>
    internal long Requests;

    /// <summary>Whether there is nothing to remember.</summary>
    internal bool IsForgotten(long now) => Messages <= now && Presences <= now && Entries <= now && Requests <= now;
}
