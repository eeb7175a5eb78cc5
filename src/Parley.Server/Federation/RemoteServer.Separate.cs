using Parley.Protocol.Addressing;

namespace Parley.Server.Federation;

/// <summary>Domains of ours that leave the stream that all of them use for one of their own, opened in their name (XEP-0178 §3, XEP-0220 §2.5).</summary>
/// <remarks>
/// A stream proves one domain by certificate; the others need dialback, with errors that end no stream, which not every server has. One that has it may lack the room for a further pair on a stream
/// (resource-constraint), or want a certificate that only a connection in that domain's name shows (not-authorized). On a stream of its own a domain has the answer that counts.
/// </remarks>
internal sealed partial class RemoteServer
{
    /// <summary>Whether it is for one domain of ours alone: its stream is shared with nobody.</summary>
    internal bool IsSeparate => isSeparate;

    /// <summary>Goes on with what waits of a domain of ours. Under the lock of the domain.</summary>
    internal void GoOn(Jid local, OutboundPair pair)
    {
        (pair.Refusal, pair.RetryAt) = (null, long.MinValue);
        _pairs.Add(local, pair);
        _lostSince = pair.LostSince;
        Connect(local);
    }

    // Not the domain that the stream was opened for, while it is the only one there: what it was told it would hear again.
    private bool TrySeparate(OutboundServerStream stream, Jid local)
    {
        lock (_gate)
        {
            if (isSeparate || !ReferenceEquals(stream, _stream) || !_pairs.TryGetValue(local, out var pair)
                || (stream.IsFirst(this, local) && !_pairs.Values.Any(static other => other.IsProven)))
            {
                return false;
            }

            if (_suspended?.Locals.Contains(local) == true)
            {
                // It cannot be resumed for all of them any more.
                Release(null);
            }

            pair.Forget();
            if (pair.HasQueued && !_waysBack.ContainsKey(local))
            {
                _pairs.Remove(local);
                domain.Separate(local, pair);
            }

            ForgetLost();
            Settle(stream);
        }

        stream.Output.Flush();
        return true;
    }
}
