namespace Parley.Server.Storage;

/// <summary>How long a store remembers that a roster entry was removed (XEP-0237).</summary>
public static class RosterTombstones
{
    /// <summary>The number of tombstones that a store keeps of an account; of more it forgets those with the lowest versions.</summary>
    /// <remarks>With this many in a roster, a client whose version is below that of the oldest may have missed a removal: send it the whole roster.</remarks>
    public const int Kept = 256;
}
