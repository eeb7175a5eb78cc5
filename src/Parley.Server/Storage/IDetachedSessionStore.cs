using Parley.Protocol.Addressing;

namespace Parley.Server.Storage;

/// <summary>A session without a connection, as it is kept while the server restarts (XEP-0198 §5).</summary>
/// <param name="Id">The stream management id that resumes it.</param>
/// <param name="Jid">Its full JID.</param>
/// <param name="State">Everything else, in a format of the server's own.</param>
public sealed record DetachedSession(string Id, Jid Jid, ReadOnlyMemory<byte> State);

/// <summary>Sessions that outlive a clean restart.</summary>
public interface IDetachedSessionStore
{
    /// <summary>Keeps sessions beside those that are kept already. Durable when the task completes. One whose account is gone is passed over.</summary>
    ValueTask SaveAsync(IReadOnlyCollection<DetachedSession> sessions, CancellationToken cancellationToken);

    /// <summary>Returns all that are kept, and keeps none any more. Durable when the task completes.</summary>
    ValueTask<IReadOnlyList<DetachedSession>> TakeAllAsync(CancellationToken cancellationToken);
}
