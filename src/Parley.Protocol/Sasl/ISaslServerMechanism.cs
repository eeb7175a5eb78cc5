namespace Parley.Protocol.Sasl;

/// <summary>The server's side of one authentication exchange. Not for reuse, and not for two threads at once.</summary>
public interface ISaslServerMechanism
{
    /// <summary>The registered name.</summary>
    string Name { get; }

    /// <summary>Takes what the client sent and says what comes next. Over after a success or a failure.</summary>
    /// <param name="response">
    /// The decoded data of <c>&lt;auth/&gt;</c>, null where that element had no text, and then of each <c>&lt;response/&gt;</c>.
    /// </param>
    /// <param name="cancellationToken">Ends the look-up of credentials.</param>
    /// <exception cref="InvalidOperationException">The exchange is over.</exception>
    ValueTask<SaslServerStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken);
}

/// <summary>What the server sends next.</summary>
public abstract record SaslServerStep;

/// <summary>Send <c>&lt;challenge/&gt;</c> and wait for the response.</summary>
public sealed record SaslChallenge(byte[] Data) : SaslServerStep;

/// <summary>Send <c>&lt;success/&gt;</c>: the peer is who it says.</summary>
/// <param name="Username">
/// The prepared localpart at the context's domain. For EXTERNAL with a certificate that speaks for a domain, that domain.
/// For ANONYMOUS a random localpart that no account has.
/// </param>
/// <param name="Data">Additional data, the server's own proof; null sends none.</param>
public sealed record SaslSuccess(string Username, byte[]? Data = null) : SaslServerStep
{
    /// <summary>Whether the peer stays unknown (XEP-0175), and the localpart lasts as long as its session.</summary>
    public bool IsAnonymous { get; init; }
}

/// <summary>Send <c>&lt;failure/&gt;</c>.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Text">A sentence for people, or null. Never says whether an account exists.</param>
public sealed record SaslFailure(SaslCondition Condition, string? Text = null) : SaslServerStep;
