namespace Parley.Protocol.Addressing;

/// <summary>What a profile asks for, apart from its normalization form (RFC 8264 §5).</summary>
[Flags]
internal enum PrecisRules
{
    /// <summary>The FreeformClass and no mapping.</summary>
    None = 0,

    /// <summary>The IdentifierClass in place of the FreeformClass.</summary>
    Identifier = 1,

    /// <summary>Fullwidth and halfwidth code points become their ordinary ones.</summary>
    MapWidth = 2,

    /// <summary>Each space that is not ASCII becomes U+0020.</summary>
    MapSpaces = 4,

    /// <summary>No space at either end, and one between words.</summary>
    CollapseSpaces = 8,

    MapCase = 16,

    /// <summary>The Bidi Rule, for strings with right-to-left code points.</summary>
    CheckDirection = 32,
}
