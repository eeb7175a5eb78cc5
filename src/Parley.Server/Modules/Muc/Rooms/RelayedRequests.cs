using System.Security.Cryptography;
using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Something that a room has sent on in the name of an occupant's client, and to which an answer may come.</summary>
/// <param name="Id">The id that the client gave it; null for none.</param>
/// <param name="Asked">The address to which the client sent it, from which the answer is to come.</param>
/// <param name="Sent">The real address to which it went.</param>
internal sealed record RelayedRequest(string? Id, Jid Asked, Jid Sent);

/// <summary>What a client waits for from others in the room or beyond it: what comes in answer finds back by this alone, and what nobody asked for finds nobody. Used in the room's turn alone.</summary>
/// <remarks>The last 200 count; of one before those, the answer is lost.</remarks>
internal sealed class RelayedRequests
{
    private const int Limit = 200;
    private readonly Dictionary<string, RelayedRequest> _requests = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Notes a request; the id under which it is to go on, by which nobody finds out anything.</summary>
    internal string Add(RelayedRequest request)
    {
        if (_order.Count == Limit)
        {
            _requests.Remove(_order.Dequeue());
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _requests.Add(id, request);
        _order.Enqueue(id);
        return id;
    }

    /// <summary>Whether an answer of this id is waited for.</summary>
    internal bool Has(string id) => _requests.ContainsKey(id);

    /// <summary>The request of an id, once; null when there is none, or it went to somebody else.</summary>
    internal RelayedRequest? Take(string id, Jid from) =>
        _requests.TryGetValue(id, out var request) && request.Sent.Equals(from) && _requests.Remove(id) ? request : null;
}
