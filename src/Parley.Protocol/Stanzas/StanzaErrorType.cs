namespace Parley.Protocol.Stanzas;

/// <summary>What the sender may do about a stanza error (RFC 6120 §8.3.2).</summary>
public enum StanzaErrorType : byte
{
    /// <summary>Retry after providing credentials.</summary>
    Auth,

    /// <summary>Do not retry.</summary>
    Cancel,

    /// <summary>Proceed: the condition was only a warning.</summary>
    Continue,

    /// <summary>Retry after changing the data sent.</summary>
    Modify,

    /// <summary>Retry after waiting.</summary>
    Wait,
}
