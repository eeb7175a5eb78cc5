using Microsoft.Extensions.Hosting;

namespace Parley.Server.Storage.Sql;

/// <summary>Prepares the database, and the ids that go on from those in it, before any other service of the host starts; a database that cannot be used stops the start.</summary>
internal sealed class SqlStoragePreparation(SqlStorage storage, ArchiveId ids) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await storage.PrepareAsync(cancellationToken);
        ids.Raise(await storage.Archives.HighestIdAsync(cancellationToken));
        ids.Raise(await storage.OfflineMessages.HighestIdAsync(cancellationToken));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
