namespace Parley.Server.Routing;

/// <summary>How what a module keeps with a session is written down, so that it outlives a restart (XEP-0198 §5).</summary>
/// <param name="Name">The name under which it is found again; it stays.</param>
/// <param name="Write">Writes it.</param>
/// <param name="Read">Reads it back.</param>
public sealed record SlotFormat<T>(string Name, Func<T, byte[]> Write, Func<ReadOnlyMemory<byte>, T> Read)
    where T : class;

/// <summary>A slot of which the content is kept.</summary>
internal sealed record KeptSlot(string Name, int Index, Func<object, byte[]> Write, Func<ReadOnlyMemory<byte>, object> Read);
