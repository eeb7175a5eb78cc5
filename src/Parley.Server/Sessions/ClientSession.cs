using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Routing;

namespace Parley.Server.Sessions;

/// <summary>A bound resource: the object that the directory finds and the router delivers to (RFC 6120 §7, RFC 6121 §8.5).</summary>
public sealed partial class ClientSession : IOutboundWriter
{
    private readonly ClientStreamServices _services;
    private volatile ClientStream? _stream;
    private volatile OutputQueue _output;
    private bool _wasSecure;
    private volatile IOutboundHold? _hold;
    private readonly Slots _slots = new();

    internal ClientSession(ClientStream stream, AccountSessions account, Jid jid)
    {
        _stream = stream;
        _output = stream.Output;
        _wasSecure = stream.IsSecure;
        _services = stream.Services;
        Account = account;
        Jid = jid;
    }

    /// <summary>The full JID.</summary>
    public Jid Jid { get; }

    /// <summary>The account's sessions, this one among them.</summary>
    public AccountSessions Account { get; }

    /// <summary>The available presence last broadcast, with the full JID as its sender and no recipient; null while unavailable (RFC 6121 §4.2).</summary>
    public Stanza? Presence { get; private set; }

    /// <summary>The priority of <see cref="Presence"/>, from -128 to 127 (RFC 6121 §4.7.2.3).</summary>
    public sbyte Priority { get; private set; }

    /// <summary>The unavailable presence with which the client itself took its leave last; null when it never did (RFC 6121 §4.5.1).</summary>
    public Stanza? Farewell { get; private set; }

    /// <summary>Whether the resource is available.</summary>
    public bool IsAvailable => Presence is not null;

    /// <summary>Whether the resource takes messages for its account: it is available, with a priority that is not negative (RFC 6121 §8.5.2.1.1).</summary>
    public bool IsReceptive => IsAvailable && Priority >= 0;

    /// <summary>Whether the stream is under TLS, or the last one was.</summary>
    public bool IsSecure => _wasSecure;

    /// <summary>What the client sent, and how much of it is handled.</summary>
    internal ReceivedStanzas Received { get; } = new();

    /// <summary>The connection's output; without a connection, what is kept for the client.</summary>
    public OutputQueue Output
    {
        get => _output;
        private set => _output = value;
    }

    /// <summary>Sets or, with null, takes away the session's available presence; the presence module alone calls it.</summary>
    public void SetPresence(Stanza? presence, sbyte priority)
    {
        Priority = priority;
        Presence = presence;
    }

    /// <summary>Takes a stanza from the client: checks and stamps its addresses, and passes it on (RFC 6120 §8.1.2.1, §10).</summary>
    /// <remarks>When the task completes the stanza has been routed, and <see cref="Received"/> knows of what is not durable yet.</remarks>
    /// <exception cref="StreamException">invalid-from: the stanza claims another sender.</exception>
    internal ValueTask ReceiveAsync(Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        Received.Begin();

        // Under stream management a stanza is handled or it is not: a connection that is lost does not leave it half done.
        var handled = IsManaged ? HandleAsync(stanza, flush, CancellationToken.None)
            : stanza.IsRequest && !Received.IsSettled ? AfterOthersAsync(stanza, flush, cancellationToken)
            : HandleAsync(stanza, flush, cancellationToken);
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

    // Without stream management an answer is all by which a client can know that what it sent before is safe.
    private async ValueTask AfterOthersAsync(Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        await Received.SettledAsync().AsTask().WaitAsync(cancellationToken);
        await HandleAsync(stanza, flush, cancellationToken);
    }

    private ValueTask HandleAsync(Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        if (stanza.IsFromMalformed || (stanza.From is { } from && !from.Equals(Jid) && !from.Equals(Account.Account)))
        {
            throw new StreamException(StreamErrorCondition.InvalidFrom);
        }

        if (stanza.IsToMalformed)
        {
            return Refuse(stanza.WithAddresses(Jid, Jid.DomainJid), StanzaErrorCondition.JidMalformed, flush);
        }

        if (stanza.Kind == StanzaKind.Presence)
        {
            if (stanza.Type == StanzaType.Unavailable && stanza.To is null)
            {
                Farewell = stanza;
            }

            return !_services.Registry.OutboundPresence.TryGetValue(stanza.Type, out var handler) ? Refuse(stanza, StanzaErrorCondition.BadRequest, flush)
                : stanza.To is null ? HandleAsync(handler, stanza.WithAddresses(Jid, null), flush, cancellationToken)
                : DirectAsync(handler, stanza.WithAddresses(Jid, stanza.To), flush, cancellationToken);
        }

        // Without a recipient, a message or an iq is for the account itself (RFC 6120 §8.1.1.1).
        var stamped = stanza.WithAddresses(Jid, stanza.To ?? Account.Account);
        return stamped.Kind == StanzaKind.Iq && !stamped.IsSoundIq()
            ? Refuse(stamped, StanzaErrorCondition.BadRequest, flush)
            : RouteAsync(stamped, flush, cancellationToken);
    }

    /// <summary>Writes a stanza to the client; it leaves when <paramref name="flush"/> is flushed. False when the connection takes nothing more.</summary>
    public bool Deliver(Stanza stanza, FlushSet flush) => Deliver(stanza, stanza.From, stanza.To, flush);

    /// <summary>Writes a stanza to the client under other addresses: for one payload that goes to many.</summary>
    public bool Deliver(Stanza stanza, Jid? from, Jid? to, FlushSet flush, Fallback fallback = Fallback.Redeliver)
    {
        var isTaken = TryWrite(stanza, from, to, fallback, out var output);
        NoteWritten(output, flush);
        return isTaken;
    }

    /// <summary>The same for whoever sees to the flushing himself.</summary>
    /// <param name="stanza">The stanza.</param>
    /// <param name="from">The sender as the client sees him.</param>
    /// <param name="to">The recipient as the client sees him.</param>
    /// <param name="fallback">What becomes of it when it does not arrive.</param>
    /// <param name="output">Where it was written, to be flushed; null where it waits for something else.</param>
    internal bool TryWrite(Stanza stanza, Jid? from, Jid? to, Fallback fallback, out OutputQueue? output)
    {
        var outbound = new OutboundStanza(stanza, from, to, fallback);
        return _hold is { } hold ? hold.TryTake(outbound, this, out output) : (output = Write(outbound)) is not null;
    }

    /// <summary>Has a hold decide from now on what waits; does nothing where there is one already.</summary>
    internal void HoldBack(IOutboundHold hold) => _hold ??= hold;

    /// <summary>Takes the hold away, if there is one; what it kept is written first.</summary>
    internal void Release(FlushSet flush)
    {
        // Whoever sees no hold any more has to come behind what it kept.
        NoteWritten(_hold?.Release(this), flush);
        _hold = null;
    }

    OutputQueue? IOutboundWriter.Write(in OutboundStanza stanza) => Write(stanza);

    /// <summary>
    /// Flushes, and waits until all that was delivered so far has arrived: the client has acknowledged it (XEP-0198) or, without stream management, it is in the
    /// hands of the transport. False when the session ended before.
    /// </summary>
    public Task<bool> HandedOverAsync() => _output.HandedOverAsync();

    /// <summary>What a module keeps for this session.</summary>
    public T? Get<T>(SessionSlot<T> slot)
        where T : class => (T?)_slots[slot.Index];

    /// <summary>Keeps something of a module's for as long as this session lives.</summary>
    public void Set<T>(SessionSlot<T> slot, T? value)
        where T : class => _slots[slot.Index] = value;

    private ValueTask RouteAsync(Stanza stanza, FlushSet flush, CancellationToken cancellationToken)
    {
        var delivery = new Delivery(stanza, this, flush) { SenderAccount = Account.Account };
        var routed = _services.Router.RouteAsync(delivery, cancellationToken);
        if (!routed.IsCompletedSuccessfully)
        {
            return FinishAsync(routed, delivery);
        }

        NoteCommit(delivery);
        return ValueTask.CompletedTask;
    }

    private async ValueTask FinishAsync(ValueTask routed, Delivery delivery)
    {
        await routed;
        NoteCommit(delivery);
    }

    private void NoteCommit(Delivery delivery)
    {
        if (!delivery.IsCommitted)
        {
            Received.Until(_services.Router.CommitAsync(delivery), delivery.IsHeld);
        }
    }

    private async ValueTask DirectAsync(OutboundPresenceHandler handler, Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        if (await _services.Router.PreRouteAsync(this, presence, flush, cancellationToken) is { } permitted)
        {
            await HandleAsync(handler, permitted, flush, cancellationToken);
        }
    }

    private async ValueTask HandleAsync(OutboundPresenceHandler handler, Stanza presence, FlushSet flush, CancellationToken cancellationToken)
    {
        try
        {
            await handler(this, presence, flush, cancellationToken);
        }
        catch (Exception e) when (StanzaRouter.ErrorFor(e) is { } error)
        {
            await _services.Router.RefuseAsync(presence, error, this, flush, cancellationToken);
        }
    }

    private OutputQueue? Write(in OutboundStanza outbound)
    {
        var output = _output.Write(outbound.Stanza, outbound.From, outbound.To, outbound.Fallback);
        if (output is not null)
        {
            _services.Meters.StanzaOut(outbound.Stanza.Kind);
        }

        return output;
    }

    private static void NoteWritten(OutputQueue? output, FlushSet flush)
    {
        if (output is not null)
        {
            flush.NoteWritten(output);
        }
    }

    // A result or an error is not answered, however unsound (RFC 6120 §8.2.3, §8.3.1).
    private ValueTask Refuse(Stanza stanza, StanzaErrorCondition condition, FlushSet flush)
    {
        if (stanza.Type is not StanzaType.Error and not StanzaType.Result)
        {
            Deliver(stanza.WithAddresses(Jid, stanza.To ?? Account.Account).ErrorReply(new StanzaError(condition)), flush);
        }

        return ValueTask.CompletedTask;
    }
}
