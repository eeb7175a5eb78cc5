namespace Parley.Server.Storage;

/// <summary>Values that the server makes once and keeps, such as the secret behind the salts of unknown users.</summary>
public interface ISettingStore
{
    /// <summary>The value under <paramref name="key"/>; when there is none, the one that <paramref name="create"/> makes is stored and returned, by one caller for all: others who asked at the same time may make one too, and get the stored one. Durable when the task completes.</summary>
    ValueTask<ReadOnlyMemory<byte>> GetOrAddAsync(string key, Func<ReadOnlyMemory<byte>> create, CancellationToken cancellationToken);
}
