namespace Parley.Server.Connections.Bosh;

/// <summary>What a session's two sides agreed on when it was created (XEP-0124 §7).</summary>
public sealed record BoshTerms
{
    /// <summary>The highest version of BOSH spoken here.</summary>
    public const int Major = 1;

    /// <inheritdoc cref="Major"/>
    public const int Minor = 11;

    /// <summary>How long a request is held.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>How many requests are held at a time.</summary>
    public int Hold { get; init; }

    /// <summary>How many requests the client may have under way at a time: one more, to send with.</summary>
    public int Requests => Hold + 1;

    /// <summary>How long the session may go without a request.</summary>
    public TimeSpan Inactivity { get; init; }

    /// <summary>The shortest time between two empty requests.</summary>
    public TimeSpan Polling { get; init; }

    /// <summary>The longest pause.</summary>
    public TimeSpan MaxPause { get; init; }

    /// <summary>The version of both sides.</summary>
    public (int Major, int Minor) Version { get; init; }

    /// <summary>Whether the client is from before version 1.6, which brought the conditions: it is told HTTP statuses instead (XEP-0124 §17.1).</summary>
    public bool IsLegacy { get; init; }

    /// <summary>Whether both sides acknowledge (XEP-0124 §9).</summary>
    public bool UsesAcks { get; init; }

    /// <summary>Whether the session came about securely, which the client is told.</summary>
    public bool IsSecure { get; init; }

    /// <summary>The Content-Type of answers.</summary>
    public string Content { get; init; } = "";

    /// <summary>Whether the client polls: nothing is held (XEP-0124 §12).</summary>
    public bool IsPolling => Hold == 0 || Wait <= TimeSpan.Zero;

    /// <summary>What a client gets that asks for a session.</summary>
    public static BoshTerms Agree(BoshOpening opening, BoshOptions options)
    {
        ArgumentNullException.ThrowIfNull(opening);
        ArgumentNullException.ThrowIfNull(options);
        var terms = new BoshTerms
        {
            Wait = TimeSpan.FromSeconds(Math.Min(opening.Wait ?? int.MaxValue, (long)options.MaxWait.TotalSeconds)),
            Hold = Math.Min(opening.Hold ?? 1, options.MaxHold),
            Polling = options.Polling,
            MaxPause = options.MaxPause,
            Version = opening.Version is { } theirs && theirs.CompareTo((Major, Minor)) < 0 ? theirs : (Major, Minor),
            IsLegacy = opening.Version is null,
            UsesAcks = opening.UsesAcks,
            Content = opening.Content,
        };
        return terms with { Inactivity = terms.IsPolling ? options.PollingInactivity : options.Inactivity };
    }
}
