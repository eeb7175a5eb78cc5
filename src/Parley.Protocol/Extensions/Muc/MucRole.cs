namespace Parley.Protocol.Extensions.Muc;

/// <summary>What an occupant may do as long as he is in the room, from the least to the most (XEP-0045 §5.1).</summary>
public enum MucRole : byte
{
    /// <summary>No occupant, or none any more.</summary>
    None,
    /// <summary>Without voice in a moderated room.</summary>
    Visitor,
    Participant,
    Moderator,
}
