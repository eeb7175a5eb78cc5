namespace Parley.Server.Connections.Bosh;

/// <summary>The requests of one session: in which order they are handled, which are held, and when each is answered (XEP-0124 §8 to §15).</summary>
/// <remarks>
/// Knows nothing of HTTP, streams or threads: whoever uses it holds a lock around each call. An answer given here completes its
/// <see cref="BoshExchange"/>, whose waiter goes on elsewhere.
/// </remarks>
public sealed class BoshWindow
{
    /// <summary>How often one request may be repeated while it is the last that is; more is a policy-violation (XEP-0124 §14.3).</summary>
    public const int MaxRepeats = 32;

    /// <summary>How late an answer may seem before the client is told that there was one (XEP-0124 §9.2).</summary>
    public static readonly TimeSpan ReportAge = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a request waits for the one before it, until the client is asked to repeat both (XEP-0124 §17.3).</summary>
    public static readonly TimeSpan GapPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private readonly BoshTerms _terms;
    private readonly TimeProvider _time;
    private readonly BoshKeys _keys = new();
    private readonly BoshAnswers _answers;
    private readonly long _first;

    // Requests that wait for one before them, by their distance from the next.
    private readonly BoshExchange?[] _early;

    // Requests that are being handled or have been, without an answer, in order.
    private readonly List<BoshExchange> _open = [];

    private long _next;
    private long _repeated;
    private int _repeats;
    private bool _lastWasEmpty;
    private long _lastArrival;
    private long? _idleSince;
    private TimeSpan? _pause;

    /// <param name="terms">What was agreed on.</param>
    /// <param name="first">The id of the request that creates the session, which is the first to be admitted.</param>
    /// <param name="maxKeptBytes">Bytes of answers that are kept (<see cref="BoshOptions.MaxKeptBytes"/>).</param>
    /// <param name="time">The time.</param>
    public BoshWindow(BoshTerms terms, long first, int maxKeptBytes, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(terms);
        _terms = terms;
        _time = time;
        _next = _first = first;
        _answers = new BoshAnswers(terms, maxKeptBytes, time);
        _early = new BoshExchange?[terms.Requests + 1];
    }

    /// <summary>How many chunks of output the client is known to have, as counted by the last argument of <see cref="AnswerOldest"/>.</summary>
    public long ConfirmedOutput => _answers.ConfirmedOutput;

    /// <summary>Whether a request waits that payloads can be sent on now.</summary>
    public bool CanAnswer
    {
        get
        {
            // Each is asked once whether it is gone, for a connection may be lost between two looks: payloads would then wait beside a request that is held.
            while (_open.Count > 0 && _open[0].IsHandled && !IsPausing)
            {
                if (!_open[0].IsGone)
                {
                    return true;
                }

                if (_open.Count == 1)
                {
                    return false;
                }

                _answers.Skip(TakeOldest());
            }

            return false;
        }
    }

    /// <summary>Whether the oldest request is to be answered now, payload or not.</summary>
    public bool MustAnswer =>
        _open.Count > 0 && _open[0].IsHandled
        && (_answers.IsReportDue || IsPausing || _open.Count > (_terms.IsPolling ? 0 : _terms.Hold));

    /// <summary>Whether there is a request without an answer.</summary>
    public bool HasOpen => _open.Count > 0 || Array.Exists(_early, static early => early is not null);

    /// <summary>Whether somebody waits for an answer.</summary>
    public bool HasLive => _open.Exists(static open => !open.IsGone) || Array.Exists(_early, static early => early?.IsGone == false);

    private bool IsPausing => _pause is not null && _open.Count > 0;

    /// <summary>Takes a request in, or answers it when it is a repeated one.</summary>
    /// <returns>None; or why the session ends, of which this request is to be told.</returns>
    public BoshCondition Admit(BoshExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        exchange.ReceivedAt = _time.GetTimestamp();
        exchange.AnsweredBefore = _answers.Last;
        var rid = exchange.Rid;
        if (rid < _next || _early[Math.Min(rid - _next, _early.Length - 1)]?.Rid == rid)
        {
            return Repeat(exchange);
        }

        var isLast = exchange.Body.IsTerminate || exchange.Body.Pause is not null;
        var allowed = _terms.Requests + (isLast ? 1 : 0);
        if (rid >= _next + allowed)
        {
            return BoshCondition.ItemNotFound;
        }

        if (IsTooMuch(exchange, allowed, isLast))
        {
            return BoshCondition.PolicyViolation;
        }

        _early[rid - _next] = exchange;
        _idleSince = null;
        (_lastWasEmpty, _lastArrival) = (exchange.Body.IsEmpty && !isLast, exchange.ReceivedAt);
        return BoshCondition.None;
    }

    /// <summary>The next request in order, if it is there. It is to be handled, and then <see cref="Handled"/>.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="condition">Why the session ends instead: the request has no key, or a wrong one; it must not be handled.</param>
    public bool TryTakeNext(out BoshExchange exchange, out BoshCondition condition)
    {
        condition = BoshCondition.None;
        if (_early[0] is not { } next)
        {
            exchange = null!;
            return false;
        }

        exchange = next;
        Array.Copy(_early, 1, _early, 0, _early.Length - 1);
        _early[^1] = null;
        _next++;
        _open.Add(next);
        if (!_keys.TryAdvance(next.Body.Key, next.Body.NewKey))
        {
            condition = BoshCondition.ItemNotFound;
        }

        _pause = null;
        if (next.Rid != _first)
        {
            _answers.NoteArrivals(next);
        }

        return true;
    }

    /// <summary>The request's payloads have been handled: it waits for an answer, or to be told that there is nothing.</summary>
    public void Handled(BoshExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        exchange.IsHandled = true;

        // A request that was repeated meanwhile has its place taken.
        var index = _open.FindIndex(open => open.Rid == exchange.Rid);
        if (index >= 0)
        {
            _open[index].IsHandled = true;
        }

        if (exchange.Body.Pause is { } seconds && seconds <= _terms.MaxPause.TotalSeconds)
        {
            _pause = TimeSpan.FromSeconds(seconds);
        }
    }

    /// <summary>Nothing more is handled: what was taken waits for its answer alone.</summary>
    public void Abandon() => _open.ForEach(static open => open.IsHandled = true);

    /// <summary>Answers the oldest request that waits.</summary>
    /// <param name="content">The payloads, each standing alone; empty for none.</param>
    /// <param name="attributes">More attributes of the wrapper, each with a space before it.</param>
    /// <param name="output">How many chunks of output have been given out, those of this answer included.</param>
    public void AnswerOldest(ReadOnlySpan<byte> content, ReadOnlySpan<byte> attributes, long output)
    {
        var exchange = TakeOldest();
        var received = _next - 1;
        var ack = _terms.UsesAcks && (received != exchange.Rid || received == _first) ? received : 0;
        _answers.Give(exchange, content, attributes, ack, output);
    }

    /// <summary>An answer has left, or never will: the next may.</summary>
    public void Sent(BoshExchange exchange) => _answers.Sent(exchange);

    /// <summary>Ends the session: all requests that wait are answered, the oldest first.</summary>
    /// <param name="condition">Why; none when the client wanted it (XEP-0124 §13).</param>
    /// <param name="content">Payloads for the first, and a stream error behind them.</param>
    /// <param name="cause">The request that is told the condition; null for the oldest.</param>
    /// <returns>Whether anybody could be told.</returns>
    public bool Terminate(BoshCondition condition, ReadOnlySpan<byte> content = default, BoshExchange? cause = null)
    {
        foreach (var early in _early)
        {
            if (early is not null)
            {
                early.Release();
                _open.Add(early);
            }
        }

        Array.Clear(_early);
        var isTold = cause is not null && _answers.Tell(cause, BoshAnswer.Terminal(condition, content, _terms.IsLegacy));
        foreach (var open in _open)
        {
            var isFirst = !isTold;
            isTold |= _answers.Tell(open, condition switch
            {
                BoshCondition.SystemShutdown => BoshAnswer.Terminal(condition),
                _ when isFirst => BoshAnswer.Terminal(condition, content, _terms.IsLegacy),
                BoshCondition.None => BoshAnswer.Empty,
                _ => BoshAnswer.Terminal(BoshCondition.OtherRequest),
            });
        }

        _open.Clear();
        return isTold;
    }

    /// <summary>Looks at the time: answers what has been held long enough; asks for what is missing.</summary>
    /// <returns>False when the client has been silent for too long, and the session is over (XEP-0124 §10).</returns>
    public bool OnHeartbeat(long output)
    {
        var now = _time.GetTimestamp();
        SkipGone();
        while (_open.Count > 0 && _open[0].IsHandled && !_open[0].IsGone && _time.GetElapsedTime(_open[0].ReceivedAt, now) + Beat > _terms.Wait)
        {
            AnswerOldest([], [], output);
        }

        RecoverGap(now);
        if (Array.Exists(_early, static early => early is not null) || _open.Exists(static open => !open.IsHandled || !open.IsGone))
        {
            _idleSince = null;
            return true;
        }

        _idleSince ??= _open.Count > 0 ? now : _answers.LastAt;
        return _time.GetElapsedTime(_idleSince.Value, now) <= (_pause ?? _terms.Inactivity);
    }

    private BoshExchange TakeOldest()
    {
        var exchange = _open[0];
        _open.RemoveAt(0);
        return exchange;
    }

    // What nobody waits for any more must not take the place of what somebody does; its answer is kept for when it is repeated.
    private void SkipGone()
    {
        while (_open.Count > 1 && _open[0].IsHandled && _open[0].IsGone)
        {
            _answers.Skip(TakeOldest());
        }
    }

    private BoshCondition Repeat(BoshExchange exchange)
    {
        _repeats = exchange.Rid == _repeated ? _repeats + 1 : 1;
        _repeated = exchange.Rid;
        if (_repeats > MaxRepeats)
        {
            return BoshCondition.PolicyViolation;
        }

        var index = _open.FindIndex(open => open.Rid == exchange.Rid);
        if (index >= 0)
        {
            Replace(_open[index], exchange);
            _open[index] = exchange;
            return BoshCondition.None;
        }

        if (exchange.Rid >= _next)
        {
            var early = exchange.Rid - _next;
            Replace(_early[early]!, exchange);
            _early[early] = exchange;
            return BoshCondition.None;
        }

        if (_answers.Find(exchange.Rid) is not { } answer)
        {
            return BoshCondition.ItemNotFound;
        }

        exchange.Release();
        exchange.Complete(answer);
        return BoshCondition.None;
    }

    private void Replace(BoshExchange before, BoshExchange exchange)
    {
        exchange.IsHandled = before.IsHandled;
        _idleSince = null;
        if (before.Rid < _next)
        {
            exchange.Release();
        }
        else
        {
            before.Release();
        }

        before.Complete(BoshAnswer.Recoverable);
    }

    // XEP-0124 §11 and §12.
    private bool IsTooMuch(BoshExchange exchange, int allowed, bool isLast)
    {
        var waiting = 1 + _open.Count(static open => !open.IsGone) + _early.Count(static early => early is not null);
        if (waiting > allowed)
        {
            return true;
        }

        var isSoon = _time.GetElapsedTime(_lastArrival, exchange.ReceivedAt) < _terms.Polling;
        var isLatest = !Array.Exists(_early, early => early?.Rid > exchange.Rid);
        if (!exchange.Body.IsEmpty || isLast || !isSoon || !isLatest || exchange.Rid == _first)
        {
            return false;
        }

        return _terms.IsPolling ? _lastWasEmpty && !_answers.LastHadPayload : waiting == _terms.Requests;
    }

    private void RecoverGap(long now)
    {
        for (var i = 1; i < _early.Length && _early[0] is null; i++)
        {
            if (_early[i] is { } early && _time.GetElapsedTime(early.ReceivedAt, now) >= GapPatience)
            {
                _early[i] = null;
                early.Release();
                _answers.Tell(early, BoshAnswer.Recoverable);
            }
        }
    }
}
