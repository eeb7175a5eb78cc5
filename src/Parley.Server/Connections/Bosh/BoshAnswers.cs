namespace Parley.Server.Connections.Bosh;

/// <summary>The answers of one session: in which order they leave, which of them the client has, and what it is told of the others (XEP-0124 §9, §14).</summary>
/// <param name="terms">What was agreed on.</param>
/// <param name="maxKeptBytes">Bytes of answers that are kept (<see cref="BoshOptions.MaxKeptBytes"/>).</param>
/// <param name="time">The time.</param>
internal sealed class BoshAnswers(BoshTerms terms, int maxKeptBytes, TimeProvider time)
{
    private readonly BoshKeptAnswers _kept = new(maxKeptBytes, time);

    // Answers on their way, in order: each leaves when the one before it has (XEP-0124 §14.2).
    private readonly Queue<BoshExchange> _sending = new();
    private long _report;
    private long _reported;

    /// <inheritdoc cref="BoshKeptAnswers.Last"/>
    internal long Last => _kept.Last;

    /// <inheritdoc cref="BoshKeptAnswers.LastHadPayload"/>
    internal bool LastHadPayload => _kept.LastHadPayload;

    /// <inheritdoc cref="BoshKeptAnswers.LastAt"/>
    internal long LastAt => _kept.LastAt;

    /// <inheritdoc cref="BoshKeptAnswers.ConfirmedOutput"/>
    internal long ConfirmedOutput => _kept.ConfirmedOutput;

    /// <summary>Whether the client is to be told of an answer that it seems not to have (XEP-0124 §9.2).</summary>
    internal bool IsReportDue => _report != 0;

    /// <summary>Answers a request.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="content">The payloads, each standing alone; empty for none.</param>
    /// <param name="attributes">More attributes of the wrapper, each with a space before it.</param>
    /// <param name="ack">The highest request id received, where the client is told that; else 0.</param>
    /// <param name="output">How many chunks of output have been given out, those of this answer included.</param>
    internal void Give(BoshExchange exchange, ReadOnlySpan<byte> content, ReadOnlySpan<byte> attributes, long ack, long output)
    {
        var (report, age) = TakeReport();
        Give(exchange, BoshAnswer.Of(content, attributes, ack, report, age), output);
    }

    /// <summary>Answers a request that nobody waits for any more; the answer is kept for when it is repeated.</summary>
    internal void Skip(BoshExchange exchange) => Give(exchange, BoshAnswer.Empty, _kept.ConfirmedOutput);

    /// <summary>Answers a request with something that is not kept.</summary>
    /// <returns>Whether anybody waited for it.</returns>
    internal bool Tell(BoshExchange exchange, BoshAnswer answer)
    {
        var isGone = exchange.IsGone;
        if (exchange.Answer is null)
        {
            Send(exchange, answer);
        }

        return !isGone;
    }

    /// <summary>An answer has left, or never will: the next may.</summary>
    internal void Sent(BoshExchange exchange)
    {
        if (_sending.TryPeek(out var first) && ReferenceEquals(first, exchange))
        {
            _sending.Dequeue();
            if (_sending.TryPeek(out var next))
            {
                next.Send();
            }
        }
    }

    /// <summary>The answer to a request, where it is kept; else null.</summary>
    internal BoshAnswer? Find(long rid) => _kept.Find(rid);

    /// <summary>What a request that came in its order says about the answers before it.</summary>
    internal void NoteArrivals(BoshExchange exchange)
    {
        var body = exchange.Body;
        var isLast = body.IsTerminate || body.Pause is not null;
        var known = exchange.Rid - terms.Requests - (isLast ? 1 : 0);
        if (body.Ack is { } ack && ack < exchange.Rid)
        {
            known = Math.Max(known, ack);
            _kept.Forget(Math.Min(ack, exchange.AnsweredBefore));
            NoteMissing(ack + 1);
        }
        else if (terms.UsesAcks || body.IsTerminate || (terms.Hold <= 1 && body.IsEmpty && !isLast))
        {
            // With acknowledgements, saying nothing says it all (XEP-0124 §9.2). Without, who asks for more while it may have
            // but one request held has the answers to those before; who takes its leave wants no more.
            known = exchange.Rid - 1;
        }

        _kept.Confirm(Math.Min(known, exchange.AnsweredBefore));
        _kept.Forget(exchange.Rid - terms.Requests - 2);
    }

    private void Give(BoshExchange exchange, BoshAnswer answer, long output)
    {
        _kept.Add(exchange.Rid, answer, output);
        Send(exchange, answer);
    }

    // Clients have a connection for each, and take the answers as they come.
    private void Send(BoshExchange exchange, BoshAnswer answer)
    {
        exchange.Decide(answer);
        _sending.Enqueue(exchange);
        if (_sending.Count == 1)
        {
            exchange.Send();
        }
    }

    private void NoteMissing(long missing)
    {
        // Once is enough: a client that does not care would be answered at once for ever.
        if (missing > _reported && missing <= _kept.Last && _kept.AgeOf(missing) is { } age && age >= BoshWindow.ReportAge)
        {
            _report = _reported = missing;
        }
    }

    private (long Report, long Age) TakeReport()
    {
        const long most = ushort.MaxValue;
        var report = _report;
        _report = 0;
        return report != 0 && _kept.AgeOf(report) is { } age ? (report, Math.Min(most, (long)age.TotalMilliseconds)) : (0, 0);
    }
}
