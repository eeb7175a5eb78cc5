using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>The subject of a room: the message that set it, from its author's address in the room, and when that was (XEP-0045 §7.2.15).</summary>
internal sealed record RoomSubject(Stanza Message, DateTimeOffset Since);
