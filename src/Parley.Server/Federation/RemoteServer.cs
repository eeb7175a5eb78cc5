using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Federation.Management;

namespace Parley.Server.Federation;

/// <summary>A way to another domain: what goes there waits until a stream is good for the domain pair, then leaves in its order (RFC 6120 §10.4, XEP-0220 §2.1.1).</summary>
/// <remarks>
/// One stream for all domains of ours that go this way (<see cref="RemoteDomain"/>), unless the other server takes theirs on one that it opened. What waits is bounded in bytes for each domain of ours (<see cref="FederationOptions.MaxQueuedBytes"/>: then resource-constraint) and in time
/// (<see cref="FederationOptions.ConnectDeadline"/> and the negotiation's: then the reason of the failure). What a managed stream had not acknowledged goes on with the stream, or again on
/// the next, and waits for that for <see cref="FederationOptions.ResumptionTime"/> (XEP-0198). After a failure the next try waits, twice as long each time, and
/// whatever comes meanwhile is answered with the same reason.
/// </remarks>
internal sealed partial class RemoteServer(RemoteDomain domain, ServerStreamServices services, RemoteServers all, bool isSeparate)
{
    // A stream that takes nothing, again and again, is none.
    private const int MaxResends = 3;
    private readonly Lock _gate = domain.Gate;
    private readonly Dictionary<Jid, OutboundPair> _pairs = [];
    private OutboundServerStream? _stream;
    private int _resends;
    private long _lastUsed = services.Time.GetTimestamp();

    /// <summary>The other domain.</summary>
    internal Jid Domain => domain.Domain;

    /// <summary>When something was sent there last, or asked, as a timestamp.</summary>
    internal long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>Something came from there.</summary>
    internal void NoteUsed() => Volatile.Write(ref _lastUsed, Now);

    private long Now => services.Time.GetTimestamp();

    /// <summary>Takes a stanza: it is written, or waits. Under the lock of the domain.</summary>
    /// <param name="stanza">The stanza.</param>
    /// <param name="local">The domain of ours that it is of.</param>
    /// <param name="toAsk">The stream on which the other server is to be asked to take that domain; null for none.</param>
    /// <returns>Where it was written; null when it waits.</returns>
    /// <exception cref="StanzaException">It may not wait: too much does, or there was a failure just now.</exception>
    internal OutputQueue? Take(Stanza stanza, Jid local, out OutboundServerStream? toAsk)
    {
        NoteUsed();
        toAsk = null;
        var pair = PairOf(local);
        var isBack = _waysBack.TryGetValue(local, out var wayBack);
        var output = isBack ? WriteBack(wayBack!, pair, stanza)
            : pair is { IsReady: true, HasQueued: false } && _stream is { Management.HasRoom: true } stream ? stream.Output.Write(stanza, stanza.From, stanza.To)
            : null;
        if (output is null)
        {
            Queue(pair, stanza);
            toAsk = isBack ? null : Ask(pair, local);
        }

        return output;
    }

    /// <summary>The other server takes stanzas of a domain of ours on the stream: what waited for that leaves.</summary>
    internal void Ready(OutboundServerStream stream, Jid local)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(stream, _stream) || !_pairs.TryGetValue(local, out var pair))
            {
                return;
            }

            _failures = 0;
            pair.Refusals = 0;
            pair.IsProven = true;
            pair.AskedAt = null;
            Settle(stream);
        }

        Log.ServerReady(services.Logger, stream.Connection.Id, Domain.Domain, local.Domain);
        stream.Output.Flush();
    }

    /// <summary>The other server does not take stanzas of a domain of ours: what waited goes back, and so does what comes, for a while. Unless it may take them on another stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="local">The domain of ours.</param>
    /// <param name="condition">What senders are told.</param>
    /// <param name="why">The same in words.</param>
    /// <param name="isOfStream">Whether that says nothing of a stream that is opened in the name of that domain.</param>
    internal void Refused(OutboundServerStream stream, Jid local, StanzaErrorCondition condition, string why, bool isOfStream)
    {
        // The other server would not have the domain of its there, or that of ours: it may on a stream of its own (XEP-0220 §2.5).
        if (TryLeaveShared(stream) || (isOfStream && TrySeparate(stream, local)))
        {
            Log.ServerSeparate(services.Logger, stream.Connection.Id, local.Domain, Domain.Domain, why);
            return;
        }

        Log.ServerRefused(services.Logger, stream.Connection.Id, local.Domain, Domain.Domain, why);
        List<Stanza> queued = [];
        var reason = new StanzaError(condition, $"{Domain} did not accept {local}: {why}");
        lock (_gate)
        {
            if (ReferenceEquals(stream, _stream) && _pairs.TryGetValue(local, out var pair))
            {
                queued = RefuseOrPostpone(local, pair, reason);
                Settle(stream);
            }
        }

        stream.Output.Flush();
        GiveBack(queued, reason);
    }

    /// <summary>What is left of the management of a stream that is over. To be asked before what it did not deliver is taken from it.</summary>
    internal ManagedRemains EndManagement(OutboundServerStream stream, bool wasFinished)
    {
        lock (_gate)
        {
            return stream.Management.End(wasFinished);
        }
    }

    /// <summary>A stream has ended. Of one that did not come about nothing is known here. What it did not take goes on with it, or is sent again on another.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="remains">What is left of its management; nothing where it has several users.</param>
    /// <param name="undelivered">What it did not deliver of what was sent to this domain.</param>
    internal void Lost(OutboundServerStream stream, ManagedRemains remains, IEnumerable<SentStanza> undelivered)
    {
        List<Stanza> returned = [];
        StanzaError reason;
        lock (_gate)
        {
            if (!ReferenceEquals(stream, _stream))
            {
                return;
            }

            _stream = null;
            var wasReady = _pairs.Values.Any(static pair => pair.IsReady);
            var wasUnasked = WasUnasked(stream);
            KeepUndelivered(remains, [.. undelivered]);
            foreach (var pair in _pairs.Values)
            {
                pair.Forget();
            }

            var isGuest = !stream.IsOwner(this);
            _mayShare &= wasReady || !isGuest;
            var waiting = FirstWaiting();
            var mayGoOn = _resends <= MaxResends && !stream.Output.Overflowed && !services.Streams.IsClosing;
            var condition = stream.IsHostUnknown ? StanzaErrorCondition.RemoteServerNotFound : StanzaErrorCondition.RemoteServerTimeout;
            if (waiting is not null && mayGoOn && (wasReady || isGuest || wasUnasked))
            {
                Connect(waiting);
            }
            else if (waiting is not null)
            {
                returned = Failed(new StanzaError(condition, $"{Domain} could not be used: {stream.Problem ?? "the stream was lost"}"), mayGoOn);
            }

            reason = _reason;
        }

        GiveBack(returned, reason);
    }

    /// <summary>Asked once a second: gives back what has waited for the other server's answer for too long.</summary>
    internal void Check(long timestamp)
    {
        List<Stanza> returned = [];
        var reason = new StanzaError(StanzaErrorCondition.RemoteServerTimeout, $"{Domain} did not answer.");
        List<Jid> toAsk = [];
        OutboundServerStream? toFlush = null;
        lock (_gate)
        {
            foreach (var (local, pair) in _pairs)
            {
                if (pair.AskedAt is { } asked && services.Time.GetElapsedTime(asked, timestamp) >= services.Options.NegotiationTimeout)
                {
                    returned.AddRange(Refuse(local, pair, reason));
                }
            }

            returned.AddRange(CheckLost(timestamp, reason, toAsk));
            if ((returned.Count > 0 || toAsk.Count > 0) && (toFlush = _stream) is not null)
            {
                Settle(toFlush);
            }
        }

        toFlush?.Output.Flush();
        foreach (var local in toAsk)
        {
            toFlush?.Authorize(this, local);
        }

        GiveBack(returned, reason);
    }

    // What follows is under the lock.

    /// <summary>Whether nothing needs to be known of it any more.</summary>
    /// <param name="timestamp">Now.</param>
    /// <param name="isCrowded">Whether there is little room.</param>
    internal bool IsIdle(long timestamp, bool isCrowded) =>
        _stream is null && !_isConnecting && _lostSince is null && _waysBack.Count == 0 && timestamp >= _retryAt && _pairs.Values.All(pair => timestamp >= pair.RetryAt)
        && (isCrowded || services.Time.GetElapsedTime(LastUsed, timestamp) >= services.Federation.MaxRetryDelay);

    // Whether all that waits came when this side had closed the stream: that says nothing of the other server.
    private bool WasUnasked(OutboundServerStream stream) =>
        stream.IsFinishing && _suspended is null && _pairs.Values.All(pair => pair.AskedAt is null && (!pair.HasQueued || Now >= pair.RetryAt));

    private OutboundPair PairOf(Jid local)
    {
        if (!_pairs.TryGetValue(local, out var pair))
        {
            if (!services.IsOurs(local))
            {
                throw new StanzaException(StanzaErrorCondition.NotAllowed, "Stanzas of others are not passed on to others.");
            }

            _pairs.Add(local, pair = new OutboundPair(services.Federation.MaxQueuedBytes));
        }

        return pair;
    }

    private void Queue(OutboundPair pair, Stanza stanza)
    {
        if (IsAway && _lostSince is null)
        {
            throw new StanzaException(_reason);
        }

        if (pair.Refusal is { } refusal)
        {
            if (Now < pair.RetryAt)
            {
                throw new StanzaException(refusal);
            }

            pair.Refusal = null;
        }

        if (!pair.TryQueue(stanza))
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "Too much waits for this server already.");
        }
    }

    private OutboundServerStream? Ask(OutboundPair pair, Jid local)
    {
        if (_stream is null)
        {
            // Where something waits that was lost the next try has its time.
            if (!IsAway || _lostSince is null)
            {
                Connect(local);
            }

            return null;
        }

        if (pair.IsProven || pair.AskedAt is not null || Now < pair.RetryAt)
        {
            return null;
        }

        if (!_stream.IsFinishing)
        {
            pair.AskedAt = Now;
        }

        return _stream;
    }

    private List<Stanza> Refuse(Jid local, OutboundPair pair, StanzaError reason)
    {
        if (_suspended?.Locals.Contains(local) == true)
        {
            // It cannot be resumed for all of them any more.
            Release(null);
        }

        pair.Forget();
        pair.LostSince = null;
        ForgetLost();
        pair.Refusal = reason;
        pair.RetryAt = Now + Delay(pair.Refusals++);
        return pair.TakeQueued();
    }

    private void GiveBack(List<Stanza> stanzas, StanzaError reason)
    {
        if (stanzas.Count > 0)
        {
            all.Track(GiveBackAsync(stanzas, reason));
        }
    }

    // Where a store fails on the way of one, the others still go; that throws nothing.
    private async Task GiveBackAsync(List<Stanza> stanzas, StanzaError reason)
    {
        var flush = new FlushSet();
        foreach (var stanza in stanzas)
        {
            await services.Router.GiveBackAsync(stanza, new StanzaException(reason), flush);
        }

        flush.Flush();
    }
}
