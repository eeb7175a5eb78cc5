using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Carbons;

/// <summary>The messages that an account lately sent or received and that were eligible for copies: an error that answers one of them is, too (XEP-0280 §6.1).</summary>
/// <remarks>
/// An error need not hold what it answers (RFC 6120 §8.3.1), so ids tell. The last 64 messages with an id are known, by a hash of it and of the
/// other party; of two that hash alike, and of an error that comes later, the worst is a copy too many or one too few. Any thread may call.
/// </remarks>
internal sealed class EligibleMessages
{
    private const int Capacity = 64;
    private readonly int[] _recent = new int[Capacity];
    private int _next;

    /// <summary>Remembers a message; one without an id cannot be answered.</summary>
    internal void Add(ReadOnlySpan<byte> id, Jid peer)
    {
        if (!id.IsEmpty)
        {
            Volatile.Write(ref _recent[(uint)Interlocked.Increment(ref _next) % Capacity], Hash(id, peer));
        }
    }

    /// <summary>Whether an error with this id, from or to the same party, answers one that is remembered.</summary>
    internal bool IsAnsweredBy(ReadOnlySpan<byte> id, Jid peer) => !id.IsEmpty && _recent.AsSpan().Contains(Hash(id, peer));

    // The resource does not count: an error to a message for the bare JID may come from a full one. Never 0, which an unused place has.
    private static int Hash(ReadOnlySpan<byte> id, Jid peer)
    {
        var hash = default(HashCode);
        hash.AddBytes(id);
        hash.Add(peer.Bare);
        return hash.ToHashCode() | 1;
    }
}
