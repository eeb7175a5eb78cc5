using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Routing;

namespace Parley.Server.Federation;

/// <summary>Another domain, as the router sees it: what goes there waits until a stream is good for the domain pair, then leaves in its order (RFC 6120 §10.4, XEP-0220 §2.1.1).</summary>
/// <remarks>
/// One stream for all domains of ours, unless the other server takes theirs on one that it opened. What waits is bounded in bytes for each domain of ours (<see cref="FederationOptions.MaxQueuedBytes"/>: then resource-constraint) and in time
/// (<see cref="FederationOptions.ConnectDeadline"/> and the negotiation's: then the reason of the failure). After a failure the next try waits, twice as long each time, and
/// whatever comes meanwhile is answered with the same reason.
/// </remarks>
internal sealed partial class RemoteServer(Jid domain, ServerStreamServices services, RemoteServers all) : IDomainTarget
{
    // A stream that takes nothing, again and again, is none.
    private const int MaxResends = 3;
    private const int MaxDoublings = 20;
    private readonly Lock _gate = new();
    private readonly Dictionary<Jid, OutboundPair> _pairs = [];
    private readonly List<TaskCompletionSource<OutboundServerStream?>> _awaiting = [];
    private OutboundServerStream? _stream;
    private bool _isConnecting;
    private bool _isForgotten;
    private bool _isHostUnknown;
    private int _failures;
    private int _resends;
    private long _retryAt = long.MinValue;
    private long _lastUsed = services.Time.GetTimestamp();
    private StanzaError _reason = new(StanzaErrorCondition.RemoteServerNotFound);

    /// <summary>The other domain.</summary>
    internal Jid Domain { get; } = domain;

    /// <summary>When something was sent there last, or asked, as a timestamp.</summary>
    internal long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>Something came from there.</summary>
    internal void NoteUsed() => Volatile.Write(ref _lastUsed, Now);

    private long Now => services.Time.GetTimestamp();

    private bool IsAway => _stream is null && !_isConnecting && Now < _retryAt;

    public ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (!services.Federation.PolicyFor(Domain).Allow)
        {
            throw new StanzaException(StanzaErrorCondition.PolicyViolation, "There is no exchange with this domain.");
        }

        var stanza = delivery.Stanza;
        var local = stanza.From!.DomainJid;
        OutputQueue? output = null;
        OutboundServerStream? toAsk = null;
        bool isForgotten;
        lock (_gate)
        {
            isForgotten = _isForgotten;
            if (!isForgotten)
            {
                Volatile.Write(ref _lastUsed, Now);
                var pair = PairOf(local);
                if (_waysBack.TryGetValue(local, out var wayBack))
                {
                    output = WriteBack(wayBack, pair, stanza);
                }
                else if ((output = pair.IsReady ? _stream?.Output.Write(stanza, stanza.From, stanza.To) : null) is null)
                {
                    Queue(pair, stanza);
                    toAsk = Ask(pair, local);
                }
            }
        }

        if (isForgotten)
        {
            all.Forget(this);
            return all.Get(Domain).DeliverAsync(delivery, cancellationToken);
        }

        services.Meters.StanzaOut(stanza.Kind);
        if (output is not null)
        {
            delivery.Flush.NoteWritten(output);
        }

        toAsk?.Authorize(this, local);
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks the domain's server whether a key is one of its (XEP-0220 §2.1.2).</summary>
    internal async Task<DialbackOutcome> VerifyAsync(DomainPair pair, string id, byte[] key, CancellationToken cancellationToken)
    {
        // One that was there may have been about to end: another is asked once more.
        var (outcome, wasThere) = await AskAsync(pair, id, key, cancellationToken);
        if (outcome is null && wasThere)
        {
            (outcome, _) = await AskAsync(pair, id, key, cancellationToken);
        }

        return outcome ?? DialbackOutcome.Failed(StanzaErrorCondition.RemoteServerTimeout);
    }

    // The outcome is null when the stream ended without an answer. Whether it had been there before the question is told, too.
    private async Task<(DialbackOutcome? Outcome, bool WasThere)> AskAsync(DomainPair pair, string id, byte[] key, CancellationToken cancellationToken)
    {
        TaskCompletionSource<OutboundServerStream?>? awaiting = null;
        OutboundServerStream? stream = null;
        bool isForgotten;
        lock (_gate)
        {
            isForgotten = _isForgotten;
            Volatile.Write(ref _lastUsed, Now);
            if (!isForgotten && IsAway)
            {
                return (NotReached(), false);
            }

            stream = _stream;
            if (!isForgotten && stream is null)
            {
                if (_awaiting.Count >= OutboundServerStream.MaxQuestions)
                {
                    return (DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint), false);
                }

                _awaiting.Add(awaiting = new(TaskCreationOptions.RunContinuationsAsynchronously));
                Connect(pair.Target);
            }
        }

        if (isForgotten)
        {
            all.Forget(this);
            return (await all.Get(Domain).VerifyAsync(pair, id, key, cancellationToken), false);
        }

        stream ??= await awaiting!.Task.WaitAsync(cancellationToken);
        if (stream is null)
        {
            return (NotReached(), false);
        }

        try
        {
            var outcome = await stream.AskAsync(pair, id, key).WaitAsync(services.Options.NegotiationTimeout, services.Time, cancellationToken);
            return outcome is { IsError: true } && TryLeaveShared(stream) ? (null, true) : (outcome, awaiting is null);
        }
        catch (TimeoutException)
        {
            return (DialbackOutcome.Failed(StanzaErrorCondition.RemoteServerTimeout), false);
        }
    }

    /// <summary>A stream has come about, told on its own read loop: nothing of it is lost before it is known here.</summary>
    /// <returns>The domains of ours that have something to send.</returns>
    internal Jid[] Opened(OutboundServerStream stream)
    {
        TaskCompletionSource<OutboundServerStream?>[] awaiting;
        Jid[] wanted;
        lock (_gate)
        {
            _isConnecting = false;
            _stream = stream;
            awaiting = TakeAwaiting();
            wanted = [.. _pairs.Where(static entry => entry.Value.HasQueued).Select(static entry => entry.Key)];
            foreach (var local in wanted)
            {
                _pairs[local].AskedAt = Now;
            }
        }

        foreach (var waiter in awaiting)
        {
            waiter.TrySetResult(stream);
        }

        return wanted;
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
            pair.IsReady = true;
            pair.AskedAt = null;
            if (!_waysBack.ContainsKey(local))
            {
                Send(stream, pair);
            }
        }

        Log.ServerReady(services.Logger, stream.Connection.Id, Domain.Domain, local.Domain);
        stream.Output.Flush();
    }

    /// <summary>The other server does not take stanzas of a domain of ours: what waited goes back, and so does what comes, for a while.</summary>
    internal void Refused(OutboundServerStream stream, Jid local, StanzaErrorCondition condition, string why)
    {
        Log.ServerRefused(services.Logger, stream.Connection.Id, local.Domain, Domain.Domain, why);
        if (TryLeaveShared(stream))
        {
            // The other server would not have this domain there: it may on a stream of its own (XEP-0220 §2.5).
            return;
        }

        List<Stanza> queued = [];
        var reason = new StanzaError(condition, $"{Domain} did not accept {local}: {why}");
        lock (_gate)
        {
            if (ReferenceEquals(stream, _stream) && _pairs.TryGetValue(local, out var pair))
            {
                queued = Refuse(pair, reason);
            }
        }

        GiveBack(queued, reason);
    }

    /// <summary>A stream has ended. Of one that did not come about nothing is known here. What it did not take is sent again on another.</summary>
    internal void Lost(OutboundServerStream stream, IEnumerable<Stanza> undelivered)
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
            var wasReady = false;
            foreach (var pair in _pairs.Values)
            {
                wasReady |= pair.IsReady;
                pair.IsReady = false;
                pair.AskedAt = null;
            }

            var groups = undelivered.GroupBy(static stanza => stanza.From!.DomainJid).ToArray();
            foreach (var group in groups)
            {
                _pairs[group.Key].PutBack(group);
            }

            MayShare &= wasReady || stream.IsOwner(this);

            var waiting = _pairs.Where(static entry => entry.Value.HasQueued).Select(static entry => entry.Key).FirstOrDefault();
            _resends = groups.Length > 0 ? _resends + 1 : 0;
            if ((wasReady || !stream.IsOwner(this)) && waiting is not null && _resends <= MaxResends && !stream.Output.Overflowed && !services.Streams.IsClosing)
            {
                Connect(waiting);
            }
            else if (waiting is not null)
            {
                var condition = stream.IsHostUnknown ? StanzaErrorCondition.RemoteServerNotFound : StanzaErrorCondition.RemoteServerTimeout;
                returned = Failed(new StanzaError(condition, $"{Domain} could not be used: {stream.Problem ?? "the stream was lost"}"));
            }

            reason = _reason;
        }

        GiveBack(returned, reason);
    }

    /// <summary>Asked once a second: gives back what has waited for the other server's answer for too long, and says whether the domain can be forgotten.</summary>
    /// <param name="timestamp">Now.</param>
    /// <param name="isCrowded">Whether there is little room: then a failure is remembered only until the next try is due, and not how many there were.</param>
    internal bool Check(long timestamp, bool isCrowded)
    {
        List<Stanza> returned = [];
        var reason = new StanzaError(StanzaErrorCondition.RemoteServerTimeout, $"{Domain} did not answer.");
        bool isIdle;
        lock (_gate)
        {
            foreach (var pair in _pairs.Values)
            {
                if (pair.AskedAt is { } asked && services.Time.GetElapsedTime(asked, timestamp) >= services.Options.NegotiationTimeout)
                {
                    returned.AddRange(Refuse(pair, reason));
                }
            }

            isIdle = _isForgotten = _stream is null && !_isConnecting && _waysBack.Count == 0 && timestamp >= _retryAt
                && (isCrowded || services.Time.GetElapsedTime(LastUsed, timestamp) >= services.Federation.MaxRetryDelay);
        }

        GiveBack(returned, reason);
        return isIdle;
    }

    // What follows is under the lock.
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
        if (IsAway)
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
            Connect(local);
            return null;
        }

        if (pair.IsReady || pair.AskedAt is not null)
        {
            return null;
        }

        pair.AskedAt = Now;
        return _stream;
    }

    private List<Stanza> Refuse(OutboundPair pair, StanzaError reason)
    {
        pair.IsReady = false;
        pair.AskedAt = null;
        pair.Refusal = reason;
        pair.RetryAt = Now + Delay(pair.Refusals++);
        return pair.TakeQueued();
    }

    private void Connect(Jid local)
    {
        if (!_isConnecting)
        {
            _isConnecting = true;
            _ = Task.Run(() => ConnectAsync(local));
        }
    }

    private async Task ConnectAsync(Jid local)
    {
        if (await all.OpenAsync(this, local) is not { } failure)
        {
            return;
        }

        TaskCompletionSource<OutboundServerStream?>[] awaiting;
        List<Stanza> returned;
        lock (_gate)
        {
            _isConnecting = false;
            awaiting = TakeAwaiting();
            returned = Failed(failure.Reason);
            _isHostUnknown = failure.IsHostUnknown;
        }

        foreach (var waiter in awaiting)
        {
            waiter.TrySetResult(null);
        }

        Log.ServerUnreachable(services.Logger, Domain.Domain, failure.Reason.Text ?? "");
        GiveBack(returned, failure.Reason);
    }

    private TaskCompletionSource<OutboundServerStream?>[] TakeAwaiting()
    {
        TaskCompletionSource<OutboundServerStream?>[] awaiting = [.. _awaiting];
        _awaiting.Clear();
        return awaiting;
    }

    private List<Stanza> Failed(StanzaError reason)
    {
        _reason = reason;
        _isHostUnknown = false;
        _retryAt = Now + Delay(_failures++);
        _resends = 0;
        List<Stanza> returned = [.. _pairs.Values.SelectMany(static pair => pair.TakeQueued())];
        _pairs.Clear();
        return returned;
    }

    // Twice as long each time.
    private long Delay(int failures) => (long)(services.Time.TimestampFrequency
        * Math.Min(services.Federation.RetryDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, MaxDoublings)), services.Federation.MaxRetryDelay.TotalSeconds));

    private DialbackOutcome NotReached() => _reason.Condition == StanzaErrorCondition.RemoteServerNotFound && !_isHostUnknown
        ? DialbackOutcome.NotConnected(_reason.Text)
        : DialbackOutcome.Failed(_reason.Condition);

    private void GiveBack(List<Stanza> stanzas, StanzaError reason)
    {
        if (stanzas.Count > 0)
        {
            _ = GiveBackAsync(stanzas, reason);
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
