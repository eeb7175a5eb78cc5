namespace Parley.Server.Modules.Archive;

/// <summary>Domains beside the hosted ones whose addresses own archives, such as those of rooms: the limits of archives apply to them, too. Any number may be registered.</summary>
public interface IArchiveDomains
{
    /// <summary>The domains, as they stand in addresses.</summary>
    IReadOnlyList<string> Domains { get; }
}
