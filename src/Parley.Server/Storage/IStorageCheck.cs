namespace Parley.Server.Storage;

/// <summary>A look at the health of the stored data, for the operator.</summary>
public interface IStorageCheck
{
    /// <summary>Reads all of the store; returns one line for each thing that is wrong with it, none when it is sound. Takes time in proportion to its size.</summary>
    ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken);
}
