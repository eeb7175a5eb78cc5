using Parley.Protocol.Streams;
using Parley.Server.Sessions;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Federation.Management;

/// <summary>What of a managed stream that another server opened outlives its connection: whose it is, and how many of its stanzas are handled (XEP-0198 §5).</summary>
/// <param name="id">The id by which the other server may resume it; nobody guesses it.</param>
/// <param name="resumptionTime">How long it may be without a connection.</param>
/// <param name="first">The stream that it begins with.</param>
/// <param name="acknowledgements">What counts its stanzas.</param>
/// <param name="time">The time.</param>
internal sealed class InboundSession(string id, TimeSpan resumptionTime, InboundServerStream first, Acknowledgements acknowledgements, TimeProvider time)
{
    private readonly Lock _gate = new();
    private InboundServerStream? _stream = first;

    // Null once all that came is handled: from then on the number is enough, and nothing of the stream is held.
    private (Acknowledgements Counting, ReceivedStanzas Received)? _counting = (acknowledgements, first.Received);
    private TaskCompletionSource? _parted;
    private DomainPair[] _pairs = [];
    private uint _handled;
    private long _partedAt;
    private bool _isOver;

    /// <summary>The id of the stream (SM-ID).</summary>
    internal string Id { get; } = id;

    /// <summary>How many domain pairs it is for; a figure for limits.</summary>
    internal int PairCount => _pairs.Length;

    /// <summary>How many of the other server's stanzas are handled.</summary>
    internal uint Handled
    {
        get
        {
            lock (_gate)
            {
                return _counting?.Counting.Handled ?? _handled;
            }
        }
    }

    /// <summary>Whether another stream may have it: all domain pairs that it is for have been verified there, too.</summary>
    internal bool BelongsTo(InboundServerStream other)
    {
        lock (_gate)
        {
            return (_stream?.Pairs ?? _pairs).All(other.Has);
        }
    }

    /// <summary>Whether it cannot be resumed any more.</summary>
    internal bool IsOver(long timestamp)
    {
        lock (_gate)
        {
            return _isOver || (_stream is null && time.GetElapsedTime(_partedAt, timestamp) >= resumptionTime);
        }
    }

    /// <summary>Its stream is over.</summary>
    /// <param name="from">The stream.</param>
    /// <param name="mayBeResumed">Whether that was lost, and not closed.</param>
    /// <returns>False when it is not on that stream.</returns>
    internal bool TryPart(InboundServerStream from, bool mayBeResumed)
    {
        ReceivedStanzas received;
        lock (_gate)
        {
            if (!ReferenceEquals(from, _stream))
            {
                return false;
            }

            received = from.Received;
            _pairs = [.. from.Pairs];
            _partedAt = time.GetTimestamp();
            _stream = null;
            _isOver |= !mayBeResumed;
            _parted?.TrySetResult();
            _parted = null;
        }

        _ = SettleAsync(received);
        return true;
    }

    /// <summary>Has the stream that it is on end with a conflict, if there is one; true when it is off it, and all that came on it is handled, before <paramref name="patience"/> is over.</summary>
    internal async Task<bool> IsSettledAsync(CancellationToken patience, CancellationToken cancellationToken)
    {
        InboundServerStream? stream;
        ReceivedStanzas? received;
        var parted = Task.CompletedTask;
        lock (_gate)
        {
            (stream, received) = (_stream, _counting?.Received);
            if (stream is not null)
            {
                parted = (_parted ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }

        stream?.Terminate(new StreamException(StreamErrorCondition.Conflict, "Resumed on another connection."), keepSession: true);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience, cancellationToken);
            await parted.WaitAsync(either.Token);
            if (received is not null)
            {
                await received.SettledAsync().AsTask().WaitAsync(either.Token);
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Goes on on another stream.</summary>
    /// <param name="next">The stream.</param>
    /// <param name="counting">What counts there.</param>
    /// <returns>False when it is on a stream again, or cannot be resumed any more.</returns>
    internal bool TryAttach(InboundServerStream next, Func<uint, Acknowledgements> counting)
    {
        lock (_gate)
        {
            if (_stream is not null || IsOver(time.GetTimestamp()))
            {
                return false;
            }

            _counting = (counting(Handled), next.Received);
            _stream = next;
            return true;
        }
    }

    private async Task SettleAsync(ReceivedStanzas received)
    {
        await received.SettledAsync();
        lock (_gate)
        {
            if (_stream is null && _counting is { } counting && ReferenceEquals(counting.Received, received))
            {
                _handled = counting.Counting.Handled;
                _counting = null;
            }
        }
    }
}
