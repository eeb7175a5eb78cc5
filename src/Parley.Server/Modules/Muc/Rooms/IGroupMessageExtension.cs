using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Looks at groupchat messages, subject changes left out: before they go out, and behind that.</summary>
internal interface IGroupMessageExtension
{
    /// <summary>Lets a message pass. The sender is in the room, and has voice.</summary>
    /// <exception cref="StanzaException">It is refused.</exception>
    void Require(RoomTurn turn, Occupant sender)
    {
    }

    /// <summary>A message has gone out.</summary>
    /// <param name="turn">Its turn.</param>
    /// <param name="message">The message as the occupants get it.</param>
    /// <param name="id">The id under which history and archive keep it; null where they do not.</param>
    void Sent(RoomTurn turn, Stanza message, long? id)
    {
    }
}
