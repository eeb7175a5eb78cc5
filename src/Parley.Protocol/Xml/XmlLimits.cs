namespace Parley.Protocol.Xml;

/// <summary>How much XML one token of a stream may hold; more is a policy-violation.</summary>
/// <remarks>Values are replaced as a whole, for instance after authentication.</remarks>
public sealed record XmlLimits
{
    /// <summary>Bytes of one token: a stream header, a stanza, or another top-level element with all that it contains.</summary>
    /// <remarks>RFC 6120 §13.12 forbids less than 10,000 for stanzas of an authenticated peer. Default 262,144: what common servers take,
    /// and enough for a vCard with a photo.</remarks>
    public int MaxBytes { get; init; } = 256 * 1024;

    /// <summary>Levels of elements in one token, the stanza itself being the first.</summary>
    /// <remarks>Default 64: data forms inside pubsub inside a forwarded archive result reach about 12; XHTML and SOAP payloads 30.</remarks>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Attributes of one element, namespace declarations included.</summary>
    /// <remarks>Default 64: no specified element has more than 12 or so.</remarks>
    public int MaxAttributes { get; init; } = 64;

    /// <summary>For a peer that has proved nothing: 8 KiB (a SASL response with a long certificate or token fits), 16 levels (SASL2 with
    /// inline features reaches 6), 32 attributes.</summary>
    public static XmlLimits BeforeAuthentication { get; } = new() { MaxBytes = 8 * 1024, MaxDepth = 16, MaxAttributes = 32 };

    /// <summary>For an authenticated peer: 256 KiB, 64 levels, 64 attributes.</summary>
    public static XmlLimits Default { get; } = new();
}
