namespace Parley.Server.Federation.Management;

/// <summary>What is left of stream management when a stream of ours is over.</summary>
/// <param name="WasManaged">Whether it was managed.</param>
/// <param name="HasProgress">Whether anything that was sent on it was acknowledged.</param>
/// <param name="Suspended">What may be resumed of it, still without the domains of ours that spoke on it; null for nothing.</param>
internal readonly record struct ManagedRemains(bool WasManaged, bool HasProgress, SuspendedStream? Suspended);
