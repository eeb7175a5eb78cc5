using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>The stanzas of a peer that has addresses of its own, a component or another server: each is looked at, routed, and committed in its order.</summary>
/// <remarks>A peer that sends faster than the store commits is read no further (<see cref="ReceivedStanzas"/>).</remarks>
internal sealed class PeerStanzas
{
    private readonly ReceivedStanzas _received = new();
    private readonly FlushSet _flush;
    private readonly Func<Stanza, bool> _accepts;

    // The router asks for what the streams ask for: it is not there yet when they are made.
    private readonly Func<StanzaRouter> _router;

    /// <param name="router">The router.</param>
    /// <param name="flush">The batch's targets.</param>
    /// <param name="accepts">Looks at a stanza: false when it has been refused, an exception when it ends the stream.</param>
    internal PeerStanzas(Func<StanzaRouter> router, FlushSet flush, Func<Stanza, bool> accepts) => (_router, _flush, _accepts) = (router, flush, accepts);

    /// <summary>Takes a stanza; completes when the next may be taken.</summary>
    internal ValueTask ReceiveAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        _received.Begin();

        // As for clients: an answer is all by which the peer can know that what it sent before is safe.
        var handled = stanza.IsRequest && !_received.IsSettled
            ? AfterOthersAsync(stanza, cancellationToken)
            : HandleAsync(stanza, cancellationToken);
        if (handled.IsCompletedSuccessfully)
        {
            _received.End();
            return _received.IsFull ? _received.RoomAsync(cancellationToken) : ValueTask.CompletedTask;
        }

        return FinishAsync(handled, cancellationToken);
    }

    private async ValueTask FinishAsync(ValueTask handled, CancellationToken cancellationToken)
    {
        await handled;
        _received.End();
        await _received.RoomAsync(cancellationToken);
    }

    private async ValueTask AfterOthersAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        await _received.SettledAsync().AsTask().WaitAsync(cancellationToken);
        await HandleAsync(stanza, cancellationToken);
    }

    private ValueTask HandleAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        if (!_accepts(stanza))
        {
            return ValueTask.CompletedTask;
        }

        var delivery = new Delivery(stanza, null, _flush);
        var routed = _router().RouteAsync(delivery, cancellationToken);
        if (!routed.IsCompletedSuccessfully)
        {
            return CommitAsync(routed, delivery);
        }

        NoteCommit(delivery);
        return ValueTask.CompletedTask;
    }

    private async ValueTask CommitAsync(ValueTask routed, Delivery delivery)
    {
        await routed;
        NoteCommit(delivery);
    }

    private void NoteCommit(Delivery delivery)
    {
        if (!delivery.IsCommitted)
        {
            _received.Until(_router().CommitAsync(delivery), delivery.IsHeld);
        }
    }
}
