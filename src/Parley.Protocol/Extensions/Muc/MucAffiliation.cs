namespace Parley.Protocol.Extensions.Muc;

/// <summary>A user's lasting association with a room, from the least to the most (XEP-0045 §5.2).</summary>
/// <remarks>The numbers are stored; never change them.</remarks>
public enum MucAffiliation : byte
{
    /// <summary>Banned.</summary>
    Outcast = 0,
    None = 1,
    Member = 2,
    Admin = 3,
    Owner = 4,
}
