using Parley.Server.Sessions;

namespace Parley.Server.Connections;

/// <summary>What every read loop does between its elements: nobody waits for what one of them waits for, and nobody sends faster than is taken.</summary>
internal sealed class StreamIntake(XmppStream stream)
{
    private readonly ByteAllowance? _allowance = stream.Options.RateLimits ? new(stream.MaxBytesPerSecond, stream.Time) : null;

    /// <summary>Waits until an element has been handled.</summary>
    /// <param name="handled">What <see cref="XmppStream.ReceiveAsync"/> returned.</param>
    /// <param name="cancellationToken">The connection's.</param>
    internal ValueTask<Negotiation> HandledAsync(ValueTask<Negotiation> handled, CancellationToken cancellationToken) =>
        handled.IsCompletedSuccessfully && (_allowance is null || !stream.Flush.HasCongested) ? handled : WaitAsync(handled, cancellationToken);

    /// <summary>All whole elements that have arrived were handled: what they wrote leaves, each target once.</summary>
    internal void EndBatch()
    {
        Flush();
        stream.NoteActivity();
    }

    /// <summary>Waits until a peer that sent so many bytes may send more.</summary>
    internal ValueTask PaceAsync(long bytes, CancellationToken cancellationToken) =>
        _allowance?.TakeAsync(bytes, cancellationToken) ?? ValueTask.CompletedTask;

    private async ValueTask<Negotiation> WaitAsync(ValueTask<Negotiation> handled, CancellationToken cancellationToken)
    {
        if (!handled.IsCompleted)
        {
            // What the batch wrote so far does not wait for this one.
            Flush();
        }

        var next = await handled;
        if (_allowance is not null)
        {
            // The sender waits for the receiver, as over one connection it would: TCP's own flow control, passed on.
            await stream.Flush.RelieveAsync(stream.Time, cancellationToken);
        }

        return next;
    }

    private void Flush()
    {
        stream.Flush.Flush();
        stream.Output.Flush();
    }
}
