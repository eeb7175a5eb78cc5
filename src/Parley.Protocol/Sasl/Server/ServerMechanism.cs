namespace Parley.Protocol.Sasl;

/// <summary>What every mechanism's server side has in common: who speaks first, the size limit, and how an exchange ends.</summary>
internal abstract class ServerMechanism(string name, SaslServerContext context) : ISaslServerMechanism
{
    private bool _started;
    private bool _finished;

    public string Name { get; } = name;

    protected SaslServerContext Context { get; } = context;

    /// <summary>Whether the server sends the first data, so that an initial response is an error (RFC 4422 §3).</summary>
    protected virtual bool ServerFirst => false;

    public async ValueTask<SaslServerStep> StepAsync(byte[]? response, CancellationToken cancellationToken)
    {
        if (_finished)
            throw new InvalidOperationException("The exchange is over.");
        SaslServerStep step;
        try
        {
            step = await AdvanceAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch (SaslException e)
        {
            step = new SaslFailure(e.Condition, e.Text);
        }

        _finished = step is not SaslChallenge;
        return step;
    }

    /// <summary>The data of the first challenge: empty where the client begins and sent nothing with <c>&lt;auth/&gt;</c>.</summary>
    protected virtual byte[] FirstChallenge() => [];

    protected abstract ValueTask<SaslServerStep> NextAsync(byte[] message, CancellationToken cancellationToken);

    /// <summary>The end of an exchange whose proof has been checked.</summary>
    protected static SaslServerStep Outcome(bool proven, StoredCredentials? credentials, string username, byte[]? data = null)
    {
        if (!proven || credentials is null)
            return new SaslFailure(SaslCondition.NotAuthorized);
        return credentials.Refusal is { } refusal ? new SaslFailure(refusal) : new SaslSuccess(username, data);
    }

    /// <summary>Acting for someone else is not provided for: an authorization identity is the account's own bare JID or absent.</summary>
    /// <exception cref="SaslException">invalid-authzid.</exception>
    protected void RequireOwnIdentity(string? authzid, string username)
    {
        if (string.IsNullOrEmpty(authzid))
            return;
        if (LocalpartHere(authzid) is not { } localpart || localpart != SaslPreparation.Username(username))
            throw new SaslException(SaslCondition.InvalidAuthzid);
    }

    /// <summary>The prepared localpart of a bare JID at this domain, or null where it is anything else.</summary>
    protected string? LocalpartHere(string jid)
    {
        int at = jid.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && jid.AsSpan(at + 1).Equals(Context.Domain, StringComparison.OrdinalIgnoreCase)
            ? SaslPreparation.Username(jid[..at])
            : null;
    }

    private ValueTask<SaslServerStep> AdvanceAsync(byte[]? response, CancellationToken cancellationToken)
    {
        if (response is { Length: > SaslEncoding.MaxMessageLength })
            throw SaslException.Malformed("message too long");
        if (_started)
            return NextAsync(response ?? [], cancellationToken);

        _started = true;
        if (response is null)
            return new ValueTask<SaslServerStep>(new SaslChallenge(FirstChallenge()));
        if (ServerFirst)
            throw SaslException.Malformed("the server begins this mechanism");
        return NextAsync(response, cancellationToken);
    }
}
