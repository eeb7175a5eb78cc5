namespace Parley.Server.Modules.Muc;

/// <summary>Whether users may become members of rooms, with a nickname of their own, by themselves (XEP-0045 §7.10).</summary>
public enum RoomRegistrationPolicy
{
    /// <summary>Admins of rooms alone make members: service-unavailable.</summary>
    None,

    /// <summary>Whoever asks, once an admin of the room agrees.</summary>
    Approved,

    /// <summary>Whoever asks, at once, in rooms that anybody may enter and speak in; with an admin's agreement in rooms for members only, with a password, or moderated.</summary>
    Open,
}
