namespace Parley.Server.Connections.Bosh;

/// <summary>The last answers of a session, to be sent again if they were lost (XEP-0124 §14.3), and what is known of their arrival.</summary>
/// <param name="maxBytes">Bytes that are kept; beyond that the oldest go, the last one never.</param>
/// <param name="time">The time.</param>
internal sealed class BoshKeptAnswers(int maxBytes, TimeProvider time)
{
    private readonly Queue<Kept> _kept = new();
    private int _bytes;

    /// <summary>The last request that was answered; 0 before the first.</summary>
    internal long Last { get; private set; }

    /// <summary>Whether that answer brought payloads.</summary>
    internal bool LastHadPayload { get; private set; }

    /// <summary>When it was given, as a timestamp.</summary>
    internal long LastAt { get; private set; }

    /// <summary>How many chunks of output were in answers that the client has: those before the first that may be missing.</summary>
    internal long ConfirmedOutput { get; private set; }

    /// <param name="rid">The request.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="output">How many chunks of the session's output were given out so far.</param>
    internal void Add(long rid, BoshAnswer answer, long output)
    {
        (Last, LastAt, LastHadPayload) = (rid, time.GetTimestamp(), answer.HasPayload);
        _kept.Enqueue(new Kept(rid, answer, LastAt, output));
        _bytes += SizeOf(answer);
        if (_bytes > maxBytes)
        {
            Shrink();
        }
    }

    /// <summary>The answer to a request, or null.</summary>
    internal BoshAnswer? Find(long rid)
    {
        foreach (var kept in _kept)
        {
            if (kept.Rid == rid)
            {
                return kept.Answer;
            }
        }

        return null;
    }

    /// <summary>How long ago a request was answered, or null.</summary>
    internal TimeSpan? AgeOf(long rid)
    {
        foreach (var kept in _kept)
        {
            if (kept.Rid == rid)
            {
                return time.GetElapsedTime(kept.At);
            }
        }

        return null;
    }

    /// <summary>The client has the answers up to this one. They are kept all the same: it may be mistaken.</summary>
    internal void Confirm(long rid)
    {
        foreach (var kept in _kept)
        {
            if (kept.Rid <= rid)
            {
                ConfirmedOutput = Math.Max(ConfirmedOutput, kept.Output);
            }
        }
    }

    /// <summary>The answers up to this one are not asked for again.</summary>
    internal void Forget(long rid)
    {
        while (_kept.TryPeek(out var oldest) && oldest.Rid <= rid)
        {
            _bytes -= SizeOf(_kept.Dequeue().Answer);
            ConfirmedOutput = Math.Max(ConfirmedOutput, oldest.Output);
        }
    }

    // What is known of their arrival stays: the bytes go.
    private void Shrink()
    {
        for (var i = _kept.Count; i > 0; i--)
        {
            var kept = _kept.Dequeue();
            if (_bytes > maxBytes && i > 1)
            {
                _bytes -= SizeOf(kept.Answer);
                kept = kept with { Answer = null };
            }

            _kept.Enqueue(kept);
        }
    }

    // The answer without payload is one for all.
    private static int SizeOf(BoshAnswer? answer) => answer is null || ReferenceEquals(answer, BoshAnswer.Empty) ? 0 : answer.Body.Length;

    private readonly record struct Kept(long Rid, BoshAnswer? Answer, long At, long Output);
}
