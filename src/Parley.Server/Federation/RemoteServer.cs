using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Routing;

namespace Parley.Server.Federation;

/// <summary>Another domain, as the router sees it: what goes there waits until a stream is good for the domain pair, then leaves in its order (RFC 6120 §10.4, XEP-0220 §2.1.1).</summary>
/// <remarks>
/// One stream for all domains of ours. What waits is bounded in bytes for each domain of ours (<see cref="FederationOptions.MaxQueuedBytes"/>: then resource-constraint) and in time
/// (<see cref="FederationOptions.ConnectDeadline"/> and the negotiation's: then the reason of the failure). What a managed stream had not acknowledged goes on with the stream, or again on
/// the next, and waits for that for <see cref="FederationOptions.ResumptionTime"/> (XEP-0198). After a failure the next try waits, twice as long each time, and
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
    private int _failures;
    private int _resends;
    private long _retryAt = long.MinValue;
    private long _lastUsed = services.Time.GetTimestamp();
    private StanzaError _reason = new(StanzaErrorCondition.RemoteServerNotFound);

    /// <summary>The other domain.</summary>
    internal Jid Domain { get; } = domain;

    /// <summary>When something was sent there last, or asked, as a timestamp.</summary>
    internal long LastUsed => Volatile.Read(ref _lastUsed);

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
                output = pair is { IsReady: true, HasQueued: false } && _stream is { Management.HasRoom: true } stream ? stream.Output.Write(stanza, stanza.From, stanza.To) : null;
                if (output is null)
                {
                    Queue(pair, stanza);
                    toAsk = Ask(pair, local);
                }
            }
        }

        if (isForgotten)
        {
            return all.Find(Domain)!.DeliverAsync(delivery, cancellationToken);
        }

        services.Meters.StanzaOut(stanza.Kind);
        if (output is not null)
        {
            delivery.Flush.NoteWritten(output);
        }

        toAsk?.Authorize(local);
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks the domain's server whether a key is one of its (XEP-0220 §2.1.2).</summary>
    internal async Task<DialbackOutcome> VerifyAsync(DomainPair pair, string id, byte[] key, CancellationToken cancellationToken)
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
                return NotReached();
            }

            stream = _stream;
            if (!isForgotten && stream is null)
            {
                _awaiting.Add(awaiting = new(TaskCreationOptions.RunContinuationsAsynchronously));
                Connect(pair.Target);
            }
        }

        if (isForgotten)
        {
            return await all.VerifyAsync(pair, id, key, cancellationToken);
        }

        if (awaiting is not null)
        {
            stream = await awaiting.Task.WaitAsync(cancellationToken);
        }

        if (stream is null)
        {
            return NotReached();
        }

        try
        {
            return await stream.AskAsync(pair, id, key).WaitAsync(services.Options.NegotiationTimeout, services.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return DialbackOutcome.Failed(StanzaErrorCondition.RemoteServerTimeout);
        }
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

    /// <summary>The other server does not take stanzas of a domain of ours: what waited goes back, and so does what comes, for a while.</summary>
    internal void Refused(OutboundServerStream stream, Jid local, StanzaErrorCondition condition, string why)
    {
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

    /// <summary>A stream has ended. What it did not take is sent again on another.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="wasFinished">Whether either side ended it, and it was not only lost.</param>
    internal void Lost(OutboundServerStream stream, bool wasFinished)
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
            KeepUndelivered(stream, wasFinished);
            foreach (var pair in _pairs.Values)
            {
                pair.Forget();
            }

            var waiting = FirstWaiting();
            var mayGoOn = _resends <= MaxResends && !stream.Output.Overflowed && !services.Streams.IsClosing;
            var condition = stream.IsHostUnknown ? StanzaErrorCondition.RemoteServerNotFound : StanzaErrorCondition.RemoteServerTimeout;
            if (waiting is not null && mayGoOn && wasReady)
            {
                Connect(waiting);
            }
            else if (waiting is not null || !stream.WasOpen)
            {
                returned = Failed(new StanzaError(condition, $"{Domain} could not be used: {stream.Problem ?? "the stream was lost"}"), mayGoOn);
            }

            reason = _reason;
        }

        GiveBack(returned, reason);
    }

    /// <summary>Asked once a second: gives back what has waited for the other server's answer for too long, and says whether the domain can be forgotten.</summary>
    internal bool Check(long timestamp)
    {
        List<Stanza> returned = [];
        var reason = new StanzaError(StanzaErrorCondition.RemoteServerTimeout, $"{Domain} did not answer.");
        List<Jid> toAsk = [];
        OutboundServerStream? toFlush = null;
        bool isIdle;
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

            isIdle = _isForgotten = _stream is null && !_isConnecting && _lostSince is null && timestamp >= _retryAt
                && services.Time.GetElapsedTime(LastUsed, timestamp) >= services.Federation.MaxRetryDelay;
        }

        toFlush?.Output.Flush();
        foreach (var local in toAsk)
        {
            toFlush?.Authorize(local);
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
            if (!IsAway)
            {
                Connect(local);
            }

            return null;
        }

        if (pair.IsProven || pair.AskedAt is not null || Now < pair.RetryAt)
        {
            return null;
        }

        pair.AskedAt = Now;
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
        var (start, failure) = await all.ConnectAsync(this, local);
        TaskCompletionSource<OutboundServerStream?>[] awaiting;
        Jid[] wanted = [];
        List<Stanza> returned = [];
        lock (_gate)
        {
            _isConnecting = false;
            _stream = start?.Stream;
            awaiting = [.. _awaiting];
            _awaiting.Clear();
            if (_stream is null)
            {
                returned = Failed(failure!, mayGoOn: !services.Streams.IsClosing);
                failure = _reason;
            }
            else
            {
                wanted = [.. _pairs.Where(entry => entry.Value.HasQueued || _suspended?.Locals.Contains(entry.Key) == true).Select(static entry => entry.Key)];
                foreach (var pair in wanted)
                {
                    _pairs[pair].AskedAt = Now;
                }
            }
        }

        foreach (var pair in wanted)
        {
            start!.Value.Stream.Authorize(pair);
        }

        foreach (var waiter in awaiting)
        {
            waiter.TrySetResult(start?.Stream);
        }

        if (start is { Run: var run })
        {
            _ = run();
        }
        else
        {
            Log.ServerUnreachable(services.Logger, Domain.Domain, failure!.Text ?? "");
            GiveBack(returned, failure);
        }
    }

    private List<Stanza> Failed(StanzaError reason, bool mayGoOn)
    {
        // What was sent once may have arrived: of that server nobody can say that it is not there.
        _reason = _lostSince is null ? reason : new StanzaError(StanzaErrorCondition.RemoteServerTimeout, reason.Text);
        _retryAt = Now + Delay(_failures++);
        if (mayGoOn && IsWaiting(_lostSince, Now))
        {
            return [];
        }

        _resends = 0;
        _lostSince = null;
        Release(null);
        List<Stanza> returned = [.. _pairs.Values.SelectMany(static pair => pair.TakeQueued())];
        _pairs.Clear();
        return returned;
    }

    // Twice as long each time.
    private long Delay(int failures) => (long)(services.Time.TimestampFrequency
        * Math.Min(services.Federation.RetryDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, MaxDoublings)), services.Federation.MaxRetryDelay.TotalSeconds));

    private DialbackOutcome NotReached() => _reason.Condition == StanzaErrorCondition.RemoteServerNotFound
        ? DialbackOutcome.NotConnected(_reason.Text)
        : DialbackOutcome.Failed(StanzaErrorCondition.RemoteServerTimeout);

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
