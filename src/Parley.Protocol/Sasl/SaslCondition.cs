namespace Parley.Protocol.Sasl;

/// <summary>Why an authentication failed: the child of <c>&lt;failure/&gt;</c> (RFC 6120 §6.5).</summary>
public enum SaslCondition
{
    Aborted,
    AccountDisabled,
    CredentialsExpired,
    EncryptionRequired,
    IncorrectEncoding,
    InvalidAuthzid,
    InvalidMechanism,
    MalformedRequest,
    MechanismTooWeak,
    NotAuthorized,
    TemporaryAuthFailure,
}

/// <summary>The element names of <see cref="SaslCondition"/>.</summary>
public static class SaslConditionNames
{
    /// <summary>The local name on the wire, such as <c>not-authorized</c>.</summary>
    public static string Name(this SaslCondition condition) => condition switch
    {
        SaslCondition.Aborted => "aborted",
        SaslCondition.AccountDisabled => "account-disabled",
        SaslCondition.CredentialsExpired => "credentials-expired",
        SaslCondition.EncryptionRequired => "encryption-required",
        SaslCondition.IncorrectEncoding => "incorrect-encoding",
        SaslCondition.InvalidAuthzid => "invalid-authzid",
        SaslCondition.InvalidMechanism => "invalid-mechanism",
        SaslCondition.MalformedRequest => "malformed-request",
        SaslCondition.MechanismTooWeak => "mechanism-too-weak",
        SaslCondition.NotAuthorized => "not-authorized",
        SaslCondition.TemporaryAuthFailure => "temporary-auth-failure",
        _ => throw new ArgumentOutOfRangeException(nameof(condition)),
    };

    /// <summary>The condition of that local name, or null for a name that RFC 6120 does not define.</summary>
    public static SaslCondition? FromName(string name)
    {
        foreach (var condition in Enum.GetValues<SaslCondition>())
        {
            if (condition.Name() == name)
                return condition;
        }

        return null;
    }
}
