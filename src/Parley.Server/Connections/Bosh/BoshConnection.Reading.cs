using System.Threading.Tasks.Sources;
using Parley.Protocol;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.Bosh;

/// <content>How requests come in, and are handled one after the other.</content>
public sealed partial class BoshConnection : IValueTaskSource<BoshExchange?>
{
    private readonly BoshServices _services;
    private ManualResetValueTaskSourceCore<BoshExchange?> _arrived;
    private ClientStream? _stream;
    private long _confirmed;
    private bool _isIdle;
    private bool _isEnding;
    private bool _isHeaderDue = true;
    private bool _isBeginning = true;

    /// <summary>Takes a request, which may be handled before this returns; its answer comes in its own time.</summary>
    /// <param name="exchange">The request.</param>
    internal void Receive(BoshExchange exchange)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                exchange.Release();
                exchange.Complete(BoshAnswer.Terminal(BoshCondition.ItemNotFound, [], Terms.IsLegacy));
                return;
            }

            var condition = exchange.Body.IsAcceptable ? _window.Admit(exchange) : BoshCondition.BadRequest;
            if (condition != BoshCondition.None)
            {
                exchange.Release();
                Refuse(exchange, condition);
            }
        }

        Settle();
        Signal();
    }

    /// <summary>The answer to a request has been sent, or never will be.</summary>
    internal void Sent(BoshExchange exchange)
    {
        lock (_gate)
        {
            _window.Sent(exchange);
        }
    }

    /// <summary>A request that cannot be read: the session ends with that condition.</summary>
    internal void Fail(BoshExchange exchange, BoshCondition condition)
    {
        lock (_gate)
        {
            Refuse(exchange, condition);
        }

        Signal();
    }

    /// <summary>Handles requests until the session ends. Returns whether the client ended it.</summary>
    internal async Task<bool> ReadAllAsync(ClientStream stream)
    {
        try
        {
            return await HandleAllAsync(stream);
        }
        finally
        {
            lock (_gate)
            {
                _window.Abandon();
            }

            GiveWaiting();
        }
    }

    private async Task<bool> HandleAllAsync(ClientStream stream)
    {
        var intake = new StreamIntake(stream);
        lock (_gate)
        {
            _stream = stream;
            _end = _isEnding ? _end : BoshCondition.None;
        }

        while (stream.Terminated is null && !_isEnding)
        {
            if (await NextAsync() is not { } exchange)
            {
                continue;
            }

            NoteArrivals(stream);
            var next = await HandleAsync(stream, intake, exchange);
            if (IsAuthenticated)
            {
                EndBeginning();
            }

            lock (_gate)
            {
                _isClosing = next == Negotiation.Close;
                _window.Handled(exchange);
            }

            intake.EndBatch();
            if (exchange.Body.IsTerminate)
            {
                // What is not sent by now the client does not look at any more.
                Close();
                return true;
            }

            if (next == Negotiation.Close)
            {
                return true;
            }

            Settle();
            await intake.PaceAsync(exchange.Length, Aborted);
        }

        if (stream.Terminated?.Condition == StreamErrorCondition.SystemShutdown)
        {
            Stop();
        }

        return false;
    }

    /// <summary>The session does not count as one that has only begun any more. By the read loop, or after it.</summary>
    internal void EndBeginning()
    {
        if (_isBeginning)
        {
            _isBeginning = false;
            _services.Beginners.Leave(RemoteAddress);
        }
    }

    // The server does not wait for who has no request under way: what waits for it is kept.
    private void Stop()
    {
        bool isHeld;
        lock (_gate)
        {
            _end = BoshCondition.SystemShutdown;
            isHeld = _window.HasLive;
        }

        if (!isHeld)
        {
            Close();
        }
    }

    internal override void Wake() =>

        // The read loop goes on where it is woken, and the caller may be the heartbeat.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.Signal(isWaking: true), this, preferLocal: false);

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        lock (_gate)
        {
            if (_answer is not null || _isOver || _isEnding || _window.OnHeartbeat(Given))
            {
                return;
            }

            // The client is gone: there is nobody to tell (XEP-0124 §10).
            _isEnding = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(
            static connection =>
            {
                connection.Close();
                connection.Signal(isWaking: true);
            },
            this,
            preferLocal: false);
    }

    BoshExchange? IValueTaskSource<BoshExchange?>.GetResult(short token) => _arrived.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<BoshExchange?>.GetStatus(short token) => _arrived.GetStatus(token);

    void IValueTaskSource<BoshExchange?>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _arrived.OnCompleted(continuation, state, token, flags);

    // Under the lock. The first reason is the one that counts.
    private void Refuse(BoshExchange exchange, BoshCondition condition)
    {
        if (_isEnding || _isOver)
        {
            exchange.Complete(BoshAnswer.Terminal(condition, [], Terms.IsLegacy));
            return;
        }

        _isEnding = true;
        _end = condition;
        _cause = exchange;
    }

    private ValueTask<BoshExchange?> NextAsync()
    {
        lock (_gate)
        {
            if (TryTakeNext(out var next) || _isEnding || _stream!.Terminated is not null)
            {
                return new(next);
            }

            _arrived.Reset();
            _isIdle = true;
            return new(this, _arrived.Version);
        }
    }

    // Hands the next request to the read loop, if it waits for one, on this thread.
    private void Signal(bool isWaking = false)
    {
        BoshExchange? next;
        lock (_gate)
        {
            if (!_isIdle || (!TryTakeNext(out next) && !_isEnding && !isWaking))
            {
                return;
            }

            _isIdle = false;
        }

        _arrived.SetResult(next);
    }

    // Under the lock.
    private bool TryTakeNext(out BoshExchange? next)
    {
        next = null;
        if (_isEnding || !_window.TryTakeNext(out var exchange, out var condition))
        {
            return false;
        }

        if (condition == BoshCondition.None)
        {
            next = exchange;
            return true;
        }

        exchange.Release();
        Refuse(exchange, condition);
        return false;
    }

    private void NoteArrivals(ClientStream stream)
    {
        long confirmed;
        lock (_gate)
        {
            confirmed = _window.ConfirmedOutput;
        }

        if (confirmed > _confirmed)
        {
            stream.Output.Confirm(_confirmed = confirmed);
        }
    }

    private async ValueTask<Negotiation> HandleAsync(ClientStream stream, StreamIntake intake, BoshExchange exchange)
    {
        var body = exchange.Body;
        try
        {
            if (body.Fault is not null)
            {
                throw body.Fault;
            }

            if (_isHeaderDue && exchange.Opens)
            {
                _isHeaderDue = false;
                stream.ReceiveHeader(exchange.Tag.Span);
                return Negotiation.Continue;
            }

            if (body.IsRestart || (_isHeaderDue && body.PayloadCount > 0))
            {
                // A stream within the stream; or no new one where that is due.
                throw new StreamException(StreamErrorCondition.InvalidXml, _isHeaderDue ? "The stream has to be restarted." : "A stream within the stream.");
            }

            var next = Negotiation.Continue;
            for (var i = 0; i < body.PayloadCount && next == Negotiation.Continue; i++)
            {
                next = await intake.HandledAsync(ReceiveNext(stream, exchange, i), Aborted);
                if (next == Negotiation.Restart)
                {
                    _isHeaderDue = true;
                    next = i + 1 == body.PayloadCount ? Negotiation.Continue : throw new StreamException(StreamErrorCondition.InvalidXml, "The stream has to be restarted.");
                }
            }

            return next;
        }
        finally
        {
            exchange.Release();
        }
    }

    private ValueTask<Negotiation> ReceiveNext(ClientStream stream, BoshExchange exchange, int index)
    {
        var payload = exchange.Payload(index).Span;
        _services.WireLog?.Received(Id, payload);
        return stream.ReceiveAsync(exchange.Body.Declared is { } declared ? StandingAlone(payload, declared) : payload, Aborted);
    }

    // A payload may lean on a prefix that the wrapper declares: the stream knows of none.
    private static ReadOnlySpan<byte> StandingAlone(ReadOnlySpan<byte> payload, XmlNamespaces declared)
    {
        var reader = new Utf8XmlReader(payload, declared);
        reader.ClearUsedOuter(-1);
        while (reader.Read())
        {
        }

        return reader.UsedOuterPrefix || !declared.Default.SequenceEqual("jabber:client"u8)
            ? XmlElement.Parse(payload.ToArray(), declared).ToStandaloneBytes(Namespaces.Client)
            : payload;
    }
}
