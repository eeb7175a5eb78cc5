using Parley.Protocol.Addressing;

namespace Parley.Server.Federation;

/// <summary>A domain on a stream that was opened to another domain of the same server (XEP-0220 §2.6.2).</summary>
internal sealed partial class RemoteServer
{
    private bool _mayShare = !isSeparate;

    /// <summary>Whether it may use such a stream: until the other server has refused it on one, and not while something waits that was sent on a managed stream, which may be resumed.</summary>
    internal bool MayShare
    {
        get
        {
            lock (_gate)
            {
                return _mayShare && _lostSince is null;
            }
        }
    }

    // What waits goes on with a stream of its own. Not where domains of ours were taken already: they stay where their stanzas are under way.
    private bool TryLeaveShared(OutboundServerStream stream)
    {
        if (stream.IsOwner(this))
        {
            return false;
        }

        lock (_gate)
        {
            _mayShare = false;
            if (!ReferenceEquals(stream, _stream) || _pairs.Values.Any(static pair => pair.IsReady))
            {
                return false;
            }

            _stream = null;
            foreach (var pair in _pairs.Values)
            {
                pair.AskedAt = null;
            }

            if (FirstWaiting() is { } waiting)
            {
                Connect(waiting);
            }
        }

        stream.Leave(this);
        return true;
    }
}
