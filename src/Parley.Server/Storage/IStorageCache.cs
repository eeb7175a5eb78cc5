namespace Parley.Server.Storage;

/// <summary>Keeps in memory what is stored.</summary>
public interface IStorageCache
{
    /// <summary>Forgets everything: another process has written to the storage.</summary>
    void Forget();
}
