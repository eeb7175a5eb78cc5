using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>The stanzas of a peer that has addresses of its own, a component or another server: each is looked at, routed, and committed in its order.</summary>
/// <remarks>A peer that sends faster than the store commits is read no further (<see cref="ReceivedStanzas"/>).</remarks>
internal sealed class PeerStanzas
{
    private readonly FlushSet _flush;
    private readonly Func<Stanza, bool> _accepts;

    // The router asks for what the streams ask for: it is not there yet when they are made.
    private readonly Func<StanzaRouter> _router;

    /// <param name="router">The router.</param>
    /// <param name="flush">The batch's targets.</param>
    /// <param name="accepts">Looks at a stanza: false when it has been refused, an exception when it ends the stream.</param>
    internal PeerStanzas(Func<StanzaRouter> router, FlushSet flush, Func<Stanza, bool> accepts) => (_router, _flush, _accepts) = (router, flush, accepts);

    /// <summary>What came, and how much of it is handled.</summary>
    internal ReceivedStanzas Received { get; } = new();

    /// <summary>Whether the peer is told how much is handled (XEP-0198).</summary>
    internal bool AreCounted { get; set; }

    /// <summary>Takes a stanza; completes when the next may be taken.</summary>
    internal ValueTask ReceiveAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        Received.Begin();

        // As for clients: without stream management an answer is all by which the peer can know that what it sent before is safe;
        // with it a stanza is handled or it is not, and a connection that is lost does not leave it half done.
        var handled = AreCounted ? HandleAsync(stanza, CancellationToken.None)
            : stanza.IsRequest && !Received.IsSettled ? AfterOthersAsync(stanza, cancellationToken)
            : HandleAsync(stanza, cancellationToken);
        if (handled.IsCompletedSuccessfully)
        {
            Received.End();
            return Received.IsFull ? Received.RoomAsync(cancellationToken) : ValueTask.CompletedTask;
        }

        return FinishAsync(handled, cancellationToken);
    }

    private async ValueTask FinishAsync(ValueTask handled, CancellationToken cancellationToken)
    {
        await handled;
        Received.End();
        await Received.RoomAsync(cancellationToken);
    }

    private async ValueTask AfterOthersAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        await Received.SettledAsync().AsTask().WaitAsync(cancellationToken);
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
            Received.Until(_router().CommitAsync(delivery), delivery.IsHeld);
        }
    }
}
