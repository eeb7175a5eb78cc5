using Parley.Protocol.Addressing;

namespace Parley.Server.Federation;

/// <summary>Whose stanzas may flow to whom over a stream (XEP-0220 §1.2).</summary>
/// <param name="Sender">The sender domain.</param>
/// <param name="Target">The target domain.</param>
internal readonly record struct DomainPair(Jid Sender, Jid Target);
