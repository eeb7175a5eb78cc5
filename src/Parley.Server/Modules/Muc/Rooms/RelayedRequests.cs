using System.Security.Cryptography;
using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Something that a room has sent on in the name of an occupant's client, and to which an answer may come.</summary>
/// <param name="Id">The id that the client gave it; null for none.</param>
/// <param name="Asked">The address to which the client sent it, from which the answer is to come.</param>
/// <param name="Sent">The real address to which it went.</param>
internal sealed record RelayedRequest(string? Id, Jid Asked, Jid Sent);

/// <summary>What the clients in a room wait for from others in it or beyond it: what comes in answer finds back by this alone, and what nobody asked for finds nobody. Used in the room's turn alone.</summary>
/// <remarks>The last 200 of each client count; of one before those, the answer is lost.</remarks>
internal sealed class RelayedRequests
{
    private const int Limit = 200;
    private readonly Dictionary<string, (OccupantSession Session, RelayedRequest Request)> _requests = new(StringComparer.Ordinal);

    /// <summary>Notes a request of a client; the id under which it is to go on, by which nobody finds out anything.</summary>
    internal string Add(OccupantSession session, RelayedRequest request)
    {
        var own = session.Awaited ??= new Queue<string>();
        if (own.Count == Limit)
        {
            _requests.Remove(own.Dequeue());
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _requests.Add(id, (session, request));
        own.Enqueue(id);
        return id;
    }

    /// <summary>The request of an id, and who made it, once; null when there is none, or it went to somebody else.</summary>
    internal (OccupantSession Session, RelayedRequest Request)? Take(string id, Jid from) =>
        _requests.TryGetValue(id, out var found) && found.Request.Sent.Equals(from) && _requests.Remove(id) ? found : null;

    /// <summary>Forgets what a client waits for.</summary>
    internal void Forget(OccupantSession session)
    {
        foreach (var id in session.Awaited ?? [])
        {
            _requests.Remove(id);
        }

        session.Awaited = null;
    }
}
