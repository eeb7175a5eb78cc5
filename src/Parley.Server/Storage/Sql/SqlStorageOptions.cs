namespace Parley.Server.Storage.Sql;

/// <summary>The bounds of a <see cref="SqlStorage"/>.</summary>
public sealed record SqlStorageOptions
{
    /// <summary>The most connections that read at the same time; 4 by default. A caller beyond it waits for one.</summary>
    public int ReadConnections { get; init; } = 4;

    public GroupCommitOptions Writer { get; init; } = new();
}
