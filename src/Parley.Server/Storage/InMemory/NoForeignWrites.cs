namespace Parley.Server.Storage.InMemory;

/// <summary>No other process writes into this one's memory.</summary>
internal sealed class NoForeignWrites : IForeignWrites
{
    public ValueTask<long> VersionAsync(CancellationToken cancellationToken) => new(0);
}
