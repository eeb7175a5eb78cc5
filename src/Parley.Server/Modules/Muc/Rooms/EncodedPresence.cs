using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>An occupant's presence as it goes to many, written once: without the real address, and with it.</summary>
internal sealed record EncodedPresence(Stanza Public, Stanza Full);
