using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Whether a client is still in the room, answered by the room itself: none of the user's other clients has to be awake for it (XEP-0410 §3.3).</summary>
internal sealed class SelfPing : IRoomUseCase
{
    internal const string Feature = "http://jabber.org/protocol/muc#self-ping-optimization";

    public void Configure(RoomHandlers handlers) => handlers.Feature(Feature);

    /// <summary>Whether a client pings the occupant that it is itself.</summary>
    internal static bool IsAskedFor(RoomTurn turn) =>
        turn.Stanza.Type == StanzaType.Get
        && turn.Stanza.HasChild("ping"u8, "urn:xmpp:ping"u8)
        && turn.Sender?.Address.Equals(turn.To) == true;
}
