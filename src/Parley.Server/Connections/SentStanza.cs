using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Connections;

/// <summary>A stanza as it was written to a client: its payload may go to many, its addresses are this one's.</summary>
/// <param name="Stanza">The stanza.</param>
/// <param name="From">Its sender here.</param>
/// <param name="To">Its recipient here.</param>
/// <param name="Fallback">What becomes of it when it does not arrive.</param>
/// <param name="At">When it was written; default where that is not kept.</param>
internal readonly record struct SentStanza(Stanza Stanza, Jid? From, Jid? To, Fallback Fallback, DateTimeOffset At)
{
    /// <summary>The stanza with those addresses.</summary>
    internal Stanza Addressed => To is null ? Stanza : Stanza.WithAddresses(From, To);
}
