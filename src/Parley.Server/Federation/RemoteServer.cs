using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Routing;

namespace Parley.Server.Federation;

/// <summary>Another domain, as the router sees it: what goes there waits until a stream is good for the domain pair, then leaves in its order (RFC 6120 §10.4, XEP-0220 §2.1.1).</summary>
/// <remarks>
/// One stream for all domains of ours. What waits is bounded in bytes for each domain of ours (<see cref="FederationOptions.MaxQueuedBytes"/>: then resource-constraint) and in time
/// (<see cref="FederationOptions.ConnectDeadline"/> and the negotiation's: then the reason of the failure). After a failure the next try waits, twice as long each time, and
/// whatever comes meanwhile is answered with the same reason.
/// </remarks>
internal sealed class RemoteServer(Jid domain, FederationServices services) : IDomainTarget
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Jid, OutboundPair> _pairs = [];
    private readonly List<TaskCompletionSource<OutboundServerStream?>> _awaiting = [];
    private OutboundServerStream? _stream;
    private bool _isConnecting;
    private int _failures;
    private long _retryAt;
    private StanzaError _reason = new(StanzaErrorCondition.RemoteServerNotFound);

    /// <summary>The other domain.</summary>
    internal Jid Domain { get; } = domain;

    /// <summary>When something was sent there last, or asked.</summary>
    internal long LastUsed { get; private set; } = services.Time.GetTimestamp();

    /// <summary>Whether it can be forgotten: no stream, and nothing waits.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return _stream is null && !_isConnecting && services.Time.GetTimestamp() >= _retryAt;
            }
        }
    }

    public ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (!services.PolicyFor(Domain).Allow)
        {
            throw new StanzaException(StanzaErrorCondition.PolicyViolation, "There is no exchange with this domain.");
        }

        var stanza = delivery.Stanza;
        var local = stanza.From!.DomainJid;
        OutputQueue? output;
        OutboundServerStream? toAuthorize = null;
        lock (_gate)
        {
            LastUsed = services.Time.GetTimestamp();
            if (!_pairs.TryGetValue(local, out var pair))
            {
                _pairs.Add(local, pair = new OutboundPair(services.Options.MaxQueuedBytes));
            }

            output = pair.IsReady ? _stream?.Output.Write(stanza, stanza.From, stanza.To) : null;
            if (output is null)
            {
                RefuseWhileAway();
                if (!pair.TryQueue(stanza))
                {
                    throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "Too much waits for this server already.");
                }

                toAuthorize = Want(pair, local);
            }
        }

        if (output is not null)
        {
            delivery.Flush.NoteWritten(output);
        }

        toAuthorize?.Authorize(local);
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks the domain's server whether a key is one of its.</summary>
    internal async Task<DialbackOutcome> VerifyAsync(DomainPair pair, string id, byte[] key, CancellationToken cancellationToken)
    {
        TaskCompletionSource<OutboundServerStream?>? awaiting = null;
        OutboundServerStream? stream;
        lock (_gate)
        {
            LastUsed = services.Time.GetTimestamp();
            stream = _stream;
            if (stream is null)
            {
                if (services.Time.GetTimestamp() < _retryAt)
                {
                    return new DialbackOutcome(false, _reason);
                }

                _awaiting.Add(awaiting = new(TaskCreationOptions.RunContinuationsAsynchronously));
                Connect(pair.Target);
            }
        }

        stream ??= await awaiting!.Task.WaitAsync(cancellationToken);
        if (stream is null)
        {
            return DialbackOutcome.Failed(
                _reason.Condition == StanzaErrorCondition.RemoteServerNotFound ? StanzaErrorCondition.RemoteServerNotFound : StanzaErrorCondition.RemoteServerTimeout);
        }

        try
        {
            return await stream.AskAsync(pair, id, key).WaitAsync(services.Options.ConnectDeadline, services.Time, cancellationToken);
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
            foreach (var stanza in pair.TakeQueued())
            {
                if (stream.Output.Write(stanza, stanza.From, stanza.To) is null)
                {
                    pair.TryQueue(stanza);
                }
            }

            pair.IsReady = true;
            pair.IsWanted = false;
        }

        stream.Output.Flush();
    }

    /// <summary>The other server does not take stanzas of a domain of ours: what waited goes back.</summary>
    internal void Refused(OutboundServerStream stream, Jid local, StanzaErrorCondition condition, string why)
    {
        Log.ServerRefused(services.Logger, stream.Connection.Id, local.ToString(), Domain.ToString(), why);
        List<Stanza> queued = [];
        lock (_gate)
        {
            if (_pairs.Remove(local, out var pair))
            {
                queued = pair.TakeQueued();
            }
        }

        GiveBack(queued, new StanzaError(condition, $"{Domain} did not accept {local}: {why}"));
    }

    /// <summary>A stream has ended. What it did not take is sent again on another.</summary>
    internal void Lost(OutboundServerStream stream)
    {
        stream.Output.Close();
        var undelivered = stream.Output.TakeUndelivered();
        List<Stanza> returned = [];
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
                pair.IsReady = pair.IsWanted = false;
            }

            foreach (var group in undelivered.Select(static sent => sent.Addressed).GroupBy(static stanza => stanza.From!.DomainJid))
            {
                _pairs[group.Key].PutBack(group);
            }

            var waiting = _pairs.Where(static entry => entry.Value.HasQueued).Select(static entry => entry.Key).FirstOrDefault();
            if (wasReady && waiting is not null)
            {
                Connect(waiting);
            }
            else if (!wasReady)
            {
                Failed(new StanzaError(StanzaErrorCondition.RemoteServerTimeout, $"{Domain} could not be used: {stream.Problem ?? "the stream was lost"}"), returned);
            }
        }

        GiveBack(returned, _reason);
    }

    // Under the lock. The stream to be asked, where there is one already.
    private OutboundServerStream? Want(OutboundPair pair, Jid local)
    {
        if (_stream is null)
        {
            Connect(local);
            return null;
        }

        if (pair.IsWanted)
        {
            return null;
        }

        pair.IsWanted = true;
        return _stream;
    }

    private void RefuseWhileAway()
    {
        if (_stream is null && !_isConnecting && services.Time.GetTimestamp() < _retryAt)
        {
            throw new StanzaException(_reason);
        }
    }

    // Under the lock.
    private void Connect(Jid local)
    {
        if (_isConnecting)
        {
            return;
        }

        _isConnecting = true;
        _ = Task.Run(() => ConnectAsync(local));
    }

    private async Task ConnectAsync(Jid local)
    {
        OutboundServerStream? stream = null;
        StanzaError? failure = null;
        try
        {
            stream = await services.Streams2.OpenAsync(this, local);
        }
        catch (ServerUnreachableException e)
        {
            failure = e.Error;
        }

        TaskCompletionSource<OutboundServerStream?>[] awaiting;
        Jid[] wanted = [];
        List<Stanza> returned = [];
        lock (_gate)
        {
            _isConnecting = false;
            _stream = stream;
            awaiting = [.. _awaiting];
            _awaiting.Clear();
            if (stream is null)
            {
                Failed(failure!, returned);
            }
            else
            {
                wanted = [.. _pairs.Where(static entry => entry.Value.HasQueued).Select(static entry => entry.Key)];
                foreach (var pair in wanted)
                {
                    _pairs[pair].IsWanted = true;
                }
            }
        }

        foreach (var waiter in awaiting)
        {
            waiter.TrySetResult(stream);
        }

        foreach (var pair in wanted)
        {
            stream!.Authorize(pair);
        }

        stream?.Open();
        GiveBack(returned, _reason);
    }

    // Under the lock.
    private void Failed(StanzaError reason, List<Stanza> returned)
    {
        _reason = reason;
        var delay = Math.Min(services.Options.RetryDelay.TotalSeconds * Math.Pow(2, _failures), services.Options.MaxRetryDelay.TotalSeconds);
        _failures = Math.Min(_failures + 1, 30);
        _retryAt = services.Time.GetTimestamp() + (long)(delay * services.Time.TimestampFrequency);
        foreach (var pair in _pairs.Values)
        {
            returned.AddRange(pair.TakeQueued());
        }

        _pairs.Clear();
    }

    private void GiveBack(List<Stanza> stanzas, StanzaError reason)
    {
        if (stanzas.Count > 0)
        {
            _ = services.GiveBackAsync(stanzas, reason);
        }
    }
}
