namespace Parley.Server.Accounts;

/// <summary>Keeps in memory what the storage has of accounts.</summary>
internal interface IAccountCache
{
    /// <summary>Forgets everything: another process wrote into the storage.</summary>
    void Clear();
}
