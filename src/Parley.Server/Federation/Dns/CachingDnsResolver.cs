namespace Parley.Server.Federation.Dns;

/// <summary>Remembers answers, "there is none" and failures too, and lets equal questions that come at the same time share one query.</summary>
/// <remarks>
/// An answer is remembered for its time to live, within <see cref="MinTimeToLive"/> and <see cref="MaxTimeToLive"/> (<see cref="MaxNegativeTimeToLive"/> for
/// "there is none", which has <see cref="DefaultNegativeTimeToLive"/> where the zone does not say, or says zero), a failure for <see cref="FailureTimeToLive"/>. When
/// <see cref="FederationOptions.ResolverCacheRecords"/> are exceeded, what was not asked for the longest is forgotten. At most
/// <see cref="MaxConcurrentQuestions"/> different questions are open; the next is answered with a failure. A question goes on when those who asked it give up:
/// its time is bounded by the resolver behind.
/// </remarks>
public sealed class CachingDnsResolver(IDnsResolver next, FederationOptions options, TimeProvider time) : IDnsResolver
{
    /// <summary>How long an answer is remembered at least, so that one with a time of zero is not asked for with each stanza.</summary>
    public static readonly TimeSpan MinTimeToLive = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer is remembered at most, so that a server that has moved is found again.</summary>
    public static readonly TimeSpan MaxTimeToLive = TimeSpan.FromHours(1);

    /// <summary>How long "there is none" is remembered at most.</summary>
    public static readonly TimeSpan MaxNegativeTimeToLive = TimeSpan.FromMinutes(5);

    /// <summary>How long "there is none" is remembered where the zone does not say, or says zero.</summary>
    public static readonly TimeSpan DefaultNegativeTimeToLive = TimeSpan.FromMinutes(1);

    /// <summary>How long a failure is remembered (RFC 2308 §7 allows five minutes).</summary>
    public static readonly TimeSpan FailureTimeToLive = TimeSpan.FromSeconds(5);

    /// <summary>Different questions that may wait for an answer at a time.</summary>
    public const int MaxConcurrentQuestions = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, DnsType Type), LinkedListNode<Entry>> _entries = [];
    private readonly Dictionary<(string Name, DnsType Type), Task<DnsAnswer>> _open = [];

    // The last asked for first.
    private readonly LinkedList<Entry> _byUse = new();
    private int _cost;

    /// <summary>Records and answers remembered now.</summary>
    public int Cost
    {
        get
        {
            lock (_gate)
            {
                return _cost;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancellationToken)
    {
        if (!DnsName.TryParse(name, out var ascii))
        {
            return new(DnsAnswer.Failed(DnsOutcome.NoSuchDomain, "It is no name."));
        }

        var question = (ascii, type);
        Task<DnsAnswer>? open;
        lock (_gate)
        {
            if (Remembered(question) is { } answer)
            {
                return new(answer);
            }

            if (!_open.TryGetValue(question, out open))
            {
                if (_open.Count >= MaxConcurrentQuestions)
                {
                    return new(DnsAnswer.Failed(DnsOutcome.ServerFailure, $"{MaxConcurrentQuestions} other questions wait for their answers."));
                }

                // Away from the lock, which it takes at its end.
                open = Task.Run(() => AskAsync(question), CancellationToken.None);
                _open.Add(question, open);
            }
        }

        return new(open.WaitAsync(cancellationToken));
    }

    private async Task<DnsAnswer> AskAsync((string Name, DnsType Type) question)
    {
        var answer = DnsAnswer.Failed(DnsOutcome.ServerFailure);
        try
        {
            answer = await next.ResolveAsync(question.Name, question.Type, CancellationToken.None);
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(question);
                Remember(question, answer);
            }
        }

        return answer;
    }

    private DnsAnswer? Remembered((string Name, DnsType Type) question)
    {
        if (!_entries.TryGetValue(question, out var node))
        {
            return null;
        }

        if (time.GetElapsedTime(node.Value.Since) >= node.Value.For)
        {
            Forget(node);
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value.Answer;
    }

    private void Remember((string Name, DnsType Type) question, DnsAnswer answer)
    {
        if (_entries.TryGetValue(question, out var old))
        {
            Forget(old);
        }

        var entry = new Entry(question, answer, time.GetTimestamp(), TimeToLive(answer));
        _entries.Add(question, _byUse.AddFirst(entry));
        _cost += entry.Cost;
        while (_cost > options.ResolverCacheRecords && _byUse.Last is { } oldest)
        {
            Forget(oldest);
        }
    }

    private void Forget(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Question);
        _cost -= node.Value.Cost;
    }

    private static TimeSpan TimeToLive(DnsAnswer answer) => answer switch
    {
        { IsCertain: false } => FailureTimeToLive,
        { Outcome: DnsOutcome.Found } => Within(answer.TimeToLive, MaxTimeToLive),
        { TimeToLive.Ticks: 0 } => DefaultNegativeTimeToLive,
        _ => Within(answer.TimeToLive, MaxNegativeTimeToLive),
    };

    private static TimeSpan Within(TimeSpan timeToLive, TimeSpan most) =>
        timeToLive < MinTimeToLive ? MinTimeToLive : timeToLive > most ? most : timeToLive;

    private sealed record Entry((string Name, DnsType Type) Question, DnsAnswer Answer, long Since, TimeSpan For)
    {
        // An answer without records takes room as well.
        internal int Cost => 1 + Answer.Records.Count;
    }
}
