using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>What a client that enters has yet to be sent, in order: filled in the room's turn, emptied outside of it.</summary>
/// <remarks>The stanzas are those that go to others as well. 50,000 at most: a client that is so slow is put out.</remarks>
internal sealed class WaitingStanzas
{
    private const int Limit = 50_000;
    private readonly Queue<(Stanza Stanza, Jid From)> _stanzas = new();
    private bool _isOver;

    /// <summary>Adds a stanza; false when nothing waits any more, and it may be sent.</summary>
    internal bool TryAdd(Stanza stanza, Jid from, out bool isFull)
    {
        lock (_stanzas)
        {
            isFull = _stanzas.Count >= Limit;
            if (!_isOver && !isFull)
            {
                _stanzas.Enqueue((stanza, from));
            }

            return !_isOver;
        }
    }

    /// <summary>Takes the next; false when there is none, and from then on nothing waits.</summary>
    internal bool TryTake(out (Stanza Stanza, Jid From) next)
    {
        lock (_stanzas)
        {
            _isOver = !_stanzas.TryDequeue(out next);
            return !_isOver;
        }
    }
}
