namespace Parley.Protocol.Sasl;

/// <summary>The registered names of the mechanisms that Parley speaks.</summary>
public static class SaslMechanismNames
{
    public const string External = "EXTERNAL";
    public const string ScramSha512Plus = "SCRAM-SHA-512-PLUS";
    public const string ScramSha256Plus = "SCRAM-SHA-256-PLUS";
    public const string ScramSha1Plus = "SCRAM-SHA-1-PLUS";
    public const string ScramSha512 = "SCRAM-SHA-512";
    public const string ScramSha256 = "SCRAM-SHA-256";
    public const string ScramSha1 = "SCRAM-SHA-1";
    public const string DigestMd5 = "DIGEST-MD5";
    public const string CramMd5 = "CRAM-MD5";
    public const string Plain = "PLAIN";
    public const string Anonymous = "ANONYMOUS";

    /// <summary>
    /// What is used unless told otherwise, strongest first: EXTERNAL, the SCRAM family and PLAIN. DIGEST-MD5 and CRAM-MD5
    /// (moved to historic by RFC 6331) and ANONYMOUS have to be asked for.
    /// </summary>
    public static IReadOnlyList<string> Default { get; } =
    [
        External, ScramSha512Plus, ScramSha256Plus, ScramSha1Plus, ScramSha512, ScramSha256, ScramSha1, Plain,
    ];

    /// <summary>Every mechanism, strongest first.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        External, ScramSha512Plus, ScramSha256Plus, ScramSha1Plus, ScramSha512, ScramSha256, ScramSha1, DigestMd5, CramMd5, Plain,
        Anonymous,
    ];
}
