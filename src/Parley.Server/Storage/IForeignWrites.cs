namespace Parley.Server.Storage;

/// <summary>Tells whether another process, such as <c>parley user remove</c>, wrote into the storage.</summary>
public interface IForeignWrites
{
    /// <summary>A number that stays while no other process writes.</summary>
    ValueTask<long> VersionAsync(CancellationToken cancellationToken);
}
