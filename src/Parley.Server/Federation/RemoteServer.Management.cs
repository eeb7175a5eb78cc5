using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Federation.Management;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Federation;

/// <content>What a lost stream had not acknowledged (XEP-0198 §4, §5): the stream is resumed, or it is sent again on the next, before all that came later.</content>
internal sealed partial class RemoteServer
{
    // At most one of the two: what is to be resumed, or, since when something waits in front of the pairs that was sent on a managed stream.
    private SuspendedStream? _suspended;
    private long? _lostSince;

    /// <summary>The other server goes on with the stream that was lost.</summary>
    /// <exception cref="StreamException">It claims to have handled more than it was sent.</exception>
    internal void Resumed(OutboundServerStream stream, uint? handled, string? text)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(stream, _stream) || _suspended is not { } suspended)
            {
                return;
            }

            if (handled is not { } count || !suspended.TryMoveTo(stream.Output, count, services.Time))
            {
                Release(null);
                throw ManagementElement.CountTooHigh(text, suspended.Sent);
            }

            _suspended = null;
            stream.Management.Continue(suspended);
            Settle(stream);
        }

        Diagnostics.Log.Resumed(services.Logger, stream.Connection.Id, Domain.Domain);
        stream.Output.Flush();
    }

    /// <summary>The other server does not know the stream that was lost any more: what it had not handled is sent again.</summary>
    internal void NotResumed(OutboundServerStream stream, uint? handled)
    {
        lock (_gate)
        {
            if (ReferenceEquals(stream, _stream))
            {
                Release(handled);
                Settle(stream);
            }
        }

        stream.Output.Flush();
    }

    /// <summary>The other server has acknowledged something: what waited for that leaves.</summary>
    internal void Relieve(OutboundServerStream stream)
    {
        lock (_gate)
        {
            if (ReferenceEquals(stream, _stream))
            {
                SendQueued(stream);
            }
        }

        stream.Output.Flush();
    }

    /// <summary>The server stops: what waits still goes back.</summary>
    internal void Stop()
    {
        List<Stanza> returned;
        var reason = new StanzaError(StanzaErrorCondition.RemoteServerTimeout, "This server is being stopped.");
        lock (_gate)
        {
            returned = Failed(reason, mayGoOn: false);
        }

        GiveBack(returned, reason);
    }

    // What follows is under the lock.

    // Whether what a managed stream left behind still waits for another.
    private bool IsWaiting(long? lostSince, long timestamp) =>
        lostSince is { } since && services.Time.GetElapsedTime(since, timestamp) < services.Federation.ResumptionTime;

    private Jid? FirstWaiting() =>
        _suspended?.Locals[0] ?? _pairs.Where(static entry => entry.Value.HasQueued).Select(static entry => entry.Key).FirstOrDefault();

    // Goes as far as can be gone: the lost stream is resumed once all its domains are proven, the new one managed before its first stanza, and then what waits leaves.
    private void Settle(OutboundServerStream stream)
    {
        if (!_pairs.Values.Any(static pair => pair.IsProven))
        {
            return;
        }

        if (!stream.IsOwner(this))
        {
            // Shared with the domain that it was opened to: not managed.
            Release(null);
        }
        else if (!stream.Management.IsDecided)
        {
            if (_suspended is { } suspended && stream.Management.IsOffered)
            {
                if (suspended.Locals.All(local => _pairs[local].IsProven))
                {
                    stream.Management.Resume(suspended);
                }

                return;
            }

            Release(null);
            stream.Management.Enable();
        }

        _lostSince = null;
        foreach (var pair in _pairs.Values)
        {
            pair.IsReady = pair.IsProven;
            pair.LostSince = pair.IsReady ? null : pair.LostSince;
        }

        SendQueued(stream);
    }

    private void SendQueued(OutboundServerStream stream)
    {
        foreach (var (local, pair) in _pairs)
        {
            if (pair is { IsReady: true, HasQueued: true } && !_waysBack.ContainsKey(local))
            {
                Send(stream, pair, stream.Management);
            }
        }
    }

    private void KeepUndelivered(ManagedRemains remains, IReadOnlyList<SentStanza> undelivered)
    {
        if (undelivered.Count == 0)
        {
            // One that is lost before anything was sent on it changes nothing for what waits.
            _resends = _lostSince is null ? 0 : _resends;
            return;
        }

        _resends = remains.HasProgress ? 0 : _resends + 1;
        if (remains.WasManaged)
        {
            _lostSince = Now;
        }

        if (remains.Suspended is { } suspended)
        {
            _suspended = suspended with { Locals = [.. _pairs.Where(static entry => entry.Value.IsProven).Select(static entry => entry.Key)] };
        }
        else
        {
            PutBack(undelivered);
        }
    }

    // The lost stream is not resumed: what was not handled waits in front of what came later.
    private void Release(uint? handled)
    {
        if (_suspended is { } suspended)
        {
            _suspended = null;
            PutBack(suspended.Behind(handled));
        }
    }

    // Whose it was may have been refused: where nothing is left of a lost stream nothing waits for another.
    private void ForgetLost()
    {
        if (_suspended is null && _pairs.Values.All(static pair => pair.LostSince is null))
        {
            _lostSince = null;
        }
    }

    private void PutBack(IEnumerable<SentStanza> undelivered)
    {
        foreach (var group in undelivered.Select(Delayed).GroupBy(static stanza => stanza.From!.DomainJid))
        {
            _pairs[group.Key].PutBack(group);
            _pairs[group.Key].LostSince = _lostSince;
        }
    }

    // When it was sent first (XEP-0198 §4); what was never sent says nothing.
    private static Stanza Delayed(SentStanza sent)
    {
        var stanza = sent.Addressed;
        return sent.At == default || stanza.Kind != StanzaKind.Message || stanza.HasChild(DelayedDelivery.Name.LocalUtf8, DelayedDelivery.Name.NamespaceUtf8)
            ? stanza
            : stanza.WithAppended(new DelayedDelivery(sent.At, stanza.From!.DomainJid).WriteTo);
    }

    // An error of dialback may pass, as when the other server cannot reach this one yet: what was sent once waits, and is asked about again.
    private List<Stanza> RefuseOrPostpone(Jid local, OutboundPair pair, StanzaError reason)
    {
        if (_suspended?.Locals.Contains(local) == true)
        {
            Release(null);
        }

        if (reason.Condition != StanzaErrorCondition.RemoteServerTimeout || !IsWaiting(pair.LostSince, Now))
        {
            return Refuse(local, pair, reason);
        }

        pair.Forget();
        pair.RetryAt = Now + Delay(pair.Refusals++);
        return [];
    }

    // Tries again, or gives up.
    private List<Stanza> CheckLost(long timestamp, StanzaError reason, List<Jid> toAsk)
    {
        List<Stanza> returned = [];
        if (_stream is not null)
        {
            foreach (var (local, pair) in _pairs)
            {
                if (pair.LostSince is null || pair.IsReady)
                {
                    continue;
                }

                if (!IsWaiting(pair.LostSince, timestamp))
                {
                    returned.AddRange(Refuse(local, pair, reason));
                }
                else if (!pair.IsProven && pair.AskedAt is null && timestamp >= pair.RetryAt)
                {
                    pair.AskedAt = timestamp;
                    toAsk.Add(local);
                }
            }
        }
        else if (_lostSince is not null && !_isConnecting)
        {
            if (!IsWaiting(_lostSince, timestamp))
            {
                return Failed(reason, mayGoOn: false);
            }

            if (timestamp >= _retryAt && FirstWaiting() is { } local)
            {
                Connect(local);
            }
        }

        return returned;
    }
}
