using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;

namespace Parley.Server.Federation;

/// <summary>The way back to a domain over streams that it opened (XEP-0288).</summary>
/// <remarks>
/// A domain of ours sends on our stream where that is in use already, else on theirs for as long as it lasts: it does not change between two that are both there, so that its stanzas
/// keep their order. What comes when theirs is ending waits until it is known what that has not taken.
/// </remarks>
internal sealed partial class RemoteServer
{
    private readonly Dictionary<Jid, InboundServerStream> _waysBack = [];

    /// <summary>The other server takes stanzas of a domain of ours on a stream that it opened. False when this domain is forgotten already.</summary>
    internal bool Offer(InboundServerStream stream, Jid local)
    {
        lock (_gate)
        {
            if (_isForgotten)
            {
                return false;
            }

            var pair = _pairs.GetValueOrDefault(local);
            if (pair?.IsReady == true || !_waysBack.TryAdd(local, stream))
            {
                return true;
            }

            if (pair is not null)
            {
                SendBack(stream, pair);
            }
        }

        Log.ServerReady(services.Logger, stream.Connection.Id, Domain.Domain, local.Domain);
        stream.Output.Flush();
        return true;
    }

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
            foreach (var local in _waysBack.Where(entry => ReferenceEquals(entry.Value, stream)).Select(static entry => entry.Key).ToArray())
            {
                _waysBack.Remove(local);
            }

            var groups = undelivered.GroupBy(static stanza => stanza.From!.DomainJid).ToArray();
            foreach (var group in groups)
            {
                PairOf(group.Key).PutBack(group);
            }

            _resends = groups.Length > 0 ? _resends + 1 : 0;
            var isHopeless = _resends > MaxResends || stream.Output.Overflowed || services.Streams.IsClosing;
            foreach (var (local, pair) in _pairs.Where(static entry => entry.Value.HasQueued))
            {
                if (isHopeless)
                {
                    returned.AddRange(pair.TakeQueued());
                }
                else if (pair.IsReady && ours is not null)
                {
                    Send(ours, pair);
                }
                else if (Ask(pair, local) is not null)
                {
                    toAsk.Add(local);
                }
            }
        }

        toAsk.ForEach(local => ours!.Authorize(this, local));
        ours?.Output.Flush();
        GiveBack(returned, reason);
    }

    // What follows is under the lock.
    private OutputQueue? WriteBack(InboundServerStream stream, OutboundPair pair, Stanza stanza)
    {
        // It may be ending already.
        var output = pair.HasQueued ? null : stream.Output.Write(stanza, stanza.From, stanza.To);
        if (output is null)
        {
            Queue(pair, stanza);
            return null;
        }

        stream.NoteActivity();
        return output;
    }

    private static void SendBack(InboundServerStream stream, OutboundPair pair)
    {
        pair.AskedAt = null;
        Send(stream, pair);
    }

    private static void Send(ServerStream stream, OutboundPair pair)
    {
        var queued = pair.TakeQueued();
        for (var i = 0; i < queued.Count; i++)
        {
            if (stream.Output.Write(queued[i], queued[i].From, queued[i].To) is null)
            {
                pair.PutBack(queued.Skip(i));
                return;
            }
        }
    }
}
