using Parley.Protocol.Stanzas;

namespace Parley.Server.Federation;

/// <content>Questions to the other server about keys that came in its name (XEP-0220 §2.1.2).</content>
internal sealed partial class RemoteServer
{
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
            isForgotten = domain.IsForgotten;
            Volatile.Write(ref _lastUsed, Now);
            if (!isForgotten && IsAwayForQuestions)
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
            all.Forget(domain);
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

    private DialbackOutcome NotReached() => _reason.Condition == StanzaErrorCondition.RemoteServerNotFound && !_isHostUnknown
        ? DialbackOutcome.NotConnected(_reason.Text)
        : DialbackOutcome.Failed(_reason.Condition);
}
