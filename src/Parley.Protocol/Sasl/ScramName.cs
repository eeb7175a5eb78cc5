namespace Parley.Protocol.Sasl;

/// <summary>What the name of a SCRAM mechanism says.</summary>
internal readonly record struct ScramName(ScramHash Hash, bool Plus)
{
    public static ScramName? Parse(string name) => name switch
    {
        SaslMechanismNames.ScramSha1 => new(ScramHash.Sha1, false),
        SaslMechanismNames.ScramSha256 => new(ScramHash.Sha256, false),
        SaslMechanismNames.ScramSha512 => new(ScramHash.Sha512, false),
        SaslMechanismNames.ScramSha1Plus => new(ScramHash.Sha1, true),
        SaslMechanismNames.ScramSha256Plus => new(ScramHash.Sha256, true),
        SaslMechanismNames.ScramSha512Plus => new(ScramHash.Sha512, true),
        _ => null,
    };
}
