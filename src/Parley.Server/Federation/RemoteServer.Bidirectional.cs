using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Federation.Management;

namespace Parley.Server.Federation;

/// <summary>The way back to a domain over streams that it opened (XEP-0288).</summary>
/// <remarks>
/// A domain of ours sends on our stream where that is in use already, else on theirs for as long as it lasts: it does not change between two that are both there, so that its stanzas
/// keep their order. What comes when theirs is ending waits until it is known what that has not taken. While something waits that was lost with a managed stream of ours it goes on one of
/// ours: it comes before all that is newer, and may be resumed there alone.
/// </remarks>
internal sealed partial class RemoteServer
{
    private readonly Dictionary<Jid, InboundServerStream> _waysBack = [];

    /// <summary>The other server takes stanzas of a domain of ours on a stream that it opened: what waits leaves there. False when it does not go that way. Under the lock of the domain.</summary>
    internal bool TryTakeWayBack(InboundServerStream stream, Jid local)
    {
        var pair = _pairs.GetValueOrDefault(local);
        if (_lostSince is not null || pair is { IsReady: true } or { LostSince: not null } || !_waysBack.TryAdd(local, stream))
        {
            return false;
        }

        if (pair is not null)
        {
            SendBack(stream, pair);
        }

        return true;
    }

    /// <summary>Whether a domain of ours sends on a stream that the other server opened. Under the lock of the domain.</summary>
    internal bool HasWayBack(InboundServerStream stream) => _waysBack.ContainsValue(stream);

    /// <summary>A stream that the other server opened has ended. What it did not take, and what has waited since, goes on our own.</summary>
    internal void LostWayBack(InboundServerStream stream, IEnumerable<Stanza> undelivered)
    {
        List<Stanza> returned = [];
        List<Jid> toAsk = [];
        OutboundServerStream? ours;
        var reason = new StanzaError(StanzaErrorCondition.RemoteServerTimeout, $"{Domain} could not be used: the stream was lost");
        lock (_gate)
        {
            ours = _stream;
            Jid[] locals = [.. _waysBack.Where(entry => ReferenceEquals(entry.Value, stream)).Select(static entry => entry.Key)];
            foreach (var local in locals)
            {
                _waysBack.Remove(local);
            }

            var groups = undelivered.GroupBy(static stanza => stanza.From!.DomainJid).ToArray();
            foreach (var group in groups)
            {
                PairOf(group.Key).PutBack(group);
            }

            _resends = groups.Length > 0 ? _resends + 1 : _lostSince is null ? 0 : _resends;
            var isHopeless = _resends > MaxResends || stream.Output.Overflowed || services.Streams.IsClosing;
            foreach (var (local, pair) in _pairs.Where(entry => entry.Value.HasQueued && locals.Contains(entry.Key)))
            {
                if (isHopeless || (ours is not null && Now < pair.RetryAt))
                {
                    returned.AddRange(pair.TakeQueued());
                }
                else if (!pair.IsReady && Ask(pair, local) is not null)
                {
                    toAsk.Add(local);
                }
            }

            if (ours is not null)
            {
                SendQueued(ours);
            }
        }

        toAsk.ForEach(local => ours!.Authorize(this, local));
        ours?.Output.Flush();
        GiveBack(returned, reason);
    }

    // What follows is under the lock.

    // Null when it has to wait: it may be ending already.
    private static OutputQueue? WriteBack(InboundServerStream stream, OutboundPair pair, Stanza stanza)
    {
        var output = pair.HasQueued ? null : stream.Output.Write(stanza, stanza.From, stanza.To);
        if (output is not null)
        {
            stream.NoteActivity();
        }

        return output;
    }

    private static void SendBack(InboundServerStream stream, OutboundPair pair)
    {
        // Whatever was said on a stream of ours: it takes them here.
        (pair.AskedAt, pair.Refusal, pair.RetryAt) = (null, null, long.MinValue);
        Send(stream, pair);
    }

    // As far as the stream takes it.
    private static void Send(ServerStream stream, OutboundPair pair, OutboundManagement? management = null)
    {
        var queued = pair.TakeQueued();
        for (var i = 0; i < queued.Count; i++)
        {
            if (management is { HasRoom: false } || stream.Output.Write(queued[i], queued[i].From, queued[i].To) is null)
            {
                pair.PutBack(queued.Skip(i));
                return;
            }
        }
    }
}
