using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.ClientState;

/// <summary>What waits for an inactive client: of each thing the latest, in the order in which they came (XEP-0352 §3.2).</summary>
/// <remarks>
/// All of it is written before the first stanza that cannot wait, and when it exceeds <paramref name="limit"/> bytes. What the session's end finds here
/// is dropped: it is only ever of use to a client that is there.
/// </remarks>
internal sealed class InactiveHold(Jid account, int limit) : IOutboundHold
{
    private readonly Lock _gate = new();
    private readonly LinkedList<OutboundStanza> _waiting = new();
    private readonly Dictionary<DeferralKey, LinkedListNode<OutboundStanza>> _latest = [];
    private int _bytes;
    private bool _isReleased;

    public bool TryTake(in OutboundStanza stanza, IOutboundWriter output, out OutputQueue? written)
    {
        var canWait = Deferral.CanWait(stanza, account, out var key);
        lock (_gate)
        {
            if (canWait && !_isReleased)
            {
                Keep(stanza, key);
                if (_bytes <= limit)
                {
                    written = null;
                    return true;
                }

                written = WriteAll(output);
            }
            else
            {
                WriteAll(output);
                written = output.Write(stanza);
            }

            return written is not null;
        }
    }

    public OutputQueue? Release(IOutboundWriter output)
    {
        lock (_gate)
        {
            _isReleased = true;
            return WriteAll(output);
        }
    }

    private void Keep(in OutboundStanza stanza, DeferralKey? key)
    {
        if (key is not null && _latest.Remove(key, out var older))
        {
            _waiting.Remove(older);
            _bytes -= older.Value.Stanza.Size;
        }

        var node = _waiting.AddLast(stanza);
        _bytes += stanza.Stanza.Size;
        if (key is not null)
        {
            _latest.Add(key, node);
        }
    }

    private OutputQueue? WriteAll(IOutboundWriter output)
    {
        OutputQueue? written = null;
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            written = output.Write(node.ValueRef);
        }

        _waiting.Clear();
        _latest.Clear();
        _bytes = 0;
        return written;
    }
}
