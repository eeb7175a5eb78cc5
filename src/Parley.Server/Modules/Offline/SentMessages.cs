using System.Runtime.CompilerServices;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Offline;

/// <summary>Which stored messages each session was sent and has not acknowledged, a page at most: by their ids in the store.</summary>
/// <remarks>A session that loses its connection keeps them, and they are sent again when it is resumed (XEP-0198 §5).</remarks>
internal sealed class SentMessages
{
    private readonly ConditionalWeakTable<ClientSession, HashSet<long>> _sent = [];

    /// <summary>A message has been sent.</summary>
    internal void Add(ClientSession session, long id) => _sent.GetOrCreateValue(session).Add(id);

    /// <summary>Whether a message was sent before.</summary>
    internal bool Contains(ClientSession session, long id) => _sent.TryGetValue(session, out var sent) && sent.Contains(id);

    /// <summary>Whether a session owes an acknowledgement for any.</summary>
    internal bool IsAny(ClientSession session) => _sent.TryGetValue(session, out _);

    /// <summary>The session has acknowledged all that it was sent.</summary>
    internal void Acknowledged(ClientSession session) => _sent.Remove(session);
}
