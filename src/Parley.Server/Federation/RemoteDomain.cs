using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Routing;

namespace Parley.Server.Federation;

/// <summary>Another domain, as the router sees it: the way there for all domains of ours together, and one for each that the other server takes on a stream of its own alone.</summary>
/// <remarks>
/// A domain of ours begins on the way that all use, and goes on alone when the other server says, on the stream of that, that it may be proven on another (<see cref="RemoteServer.Refused"/>).
/// There it stays, with all that waits, until that way is out of use: one of its stanzas never passes another. So there are at most as many ways as there are domains of ours, and one.
/// </remarks>
internal sealed class RemoteDomain : IDomainTarget
{
    private readonly ServerStreamServices _services;
    private readonly RemoteServers _all;
    private readonly RemoteServer _common;
    private readonly Dictionary<Jid, RemoteServer> _separate = [];

    internal RemoteDomain(Jid domain, ServerStreamServices services, RemoteServers all)
    {
        (Domain, _services, _all) = (domain, services, all);
        _common = new RemoteServer(this, services, all, isSeparate: false);
    }

    /// <summary>The other domain.</summary>
    internal Jid Domain { get; }

    /// <summary>Guards all ways there: a domain of ours changes from one to another at once.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Whether it is not known any more, and whoever comes has to look for it anew. Under <see cref="Gate"/>.</summary>
    internal bool IsForgotten { get; private set; }

    public ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (!_services.Federation.PolicyFor(Domain).Allow)
        {
            throw new StanzaException(StanzaErrorCondition.PolicyViolation, "There is no exchange with this domain.");
        }

        var stanza = delivery.Stanza;
        var local = stanza.From!.DomainJid;
        RemoteServer? way = null;
        OutputQueue? output = null;
        OutboundServerStream? toAsk = null;
        lock (Gate)
        {
            if (!IsForgotten)
            {
                way = WayOf(local);
                output = way.Take(stanza, local, out toAsk);
            }
        }

        if (way is null)
        {
            _all.Forget(this);
            return _all.Get(Domain).DeliverAsync(delivery, cancellationToken);
        }

        _services.Meters.StanzaOut(stanza.Kind);
        if (output is not null)
        {
            delivery.Flush.NoteWritten(output);
        }

        toAsk?.Authorize(way, local);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc cref="RemoteServer.VerifyAsync"/>
    internal Task<DialbackOutcome> VerifyAsync(DomainPair pair, string id, byte[] key, CancellationToken cancellationToken) => _common.VerifyAsync(pair, id, key, cancellationToken);

    /// <summary>The other server takes stanzas of a domain of ours on a stream that it opened (XEP-0288). False when this domain is forgotten already.</summary>
    internal bool Offer(InboundServerStream stream, Jid local)
    {
        lock (Gate)
        {
            if (IsForgotten)
            {
                return false;
            }

            if (!WayOf(local).TryTakeWayBack(stream, local))
            {
                return true;
            }
        }

        Log.ServerReady(_services.Logger, stream.Connection.Id, Domain.Domain, local.Domain);
        stream.Output.Flush();
        return true;
    }

    /// <summary>A stream that the other server opened has ended. What it did not take goes on with whom it is of.</summary>
    internal void LostWayBack(InboundServerStream stream, IEnumerable<Stanza> undelivered)
    {
        RemoteServer[] ways;
        ILookup<RemoteServer, Stanza> theirs;
        lock (Gate)
        {
            ways = [.. _separate.Values.Prepend(_common).Where(way => way.HasWayBack(stream))];
            theirs = undelivered.ToLookup(stanza => WayOf(stanza.From!.DomainJid));
        }

        foreach (var way in ways)
        {
            way.LostWayBack(stream, theirs[way]);
        }
    }

    /// <summary>Asked once a second: whether the domain can be forgotten.</summary>
    /// <param name="timestamp">Now.</param>
    /// <param name="isCrowded">Whether there is little room: then a failure is remembered only until the next try is due, and not how many there were.</param>
    internal bool Check(long timestamp, bool isCrowded)
    {
        _common.Check(timestamp);
        foreach (var way in SeparateWays())
        {
            way.Check(timestamp);
        }

        lock (Gate)
        {
            foreach (var (local, way) in _separate)
            {
                if (way.IsIdle(timestamp, isCrowded))
                {
                    _separate.Remove(local);
                }
            }

            return IsForgotten = _separate.Count == 0 && _common.IsIdle(timestamp, isCrowded);
        }
    }

    /// <summary>The server stops: what waits still goes back.</summary>
    internal void Stop()
    {
        _common.Stop();
        foreach (var way in SeparateWays())
        {
            way.Stop();
        }
    }

    /// <summary>A domain of ours goes on alone. Under <see cref="Gate"/>.</summary>
    /// <param name="local">The domain of ours.</param>
    /// <param name="pair">What waits of it.</param>
    internal void Separate(Jid local, OutboundPair pair)
    {
        var way = new RemoteServer(this, _services, _all, isSeparate: true);
        _separate.Add(local, way);
        way.GoOn(local, pair);
    }

    private RemoteServer WayOf(Jid local) => _separate.Count > 0 && _separate.TryGetValue(local, out var way) ? way : _common;

    private RemoteServer[] SeparateWays()
    {
        lock (Gate)
        {
            return [.. _separate.Values];
        }
    }
}
