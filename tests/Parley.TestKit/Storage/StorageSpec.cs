using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What the conformance suites of the stores share. Derive a class from each suite for each backend.</summary>
public abstract class StorageSpec<TBackend> : IAsyncLifetime
    where TBackend : StorageBackend, new()
{
    private readonly TBackend _backend = new();
    private ServiceProvider? _services;

    protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    protected static Jid Juliet { get; } = Jid.Parse("juliet@example.com");

    protected static Jid Romeo { get; } = Jid.Parse("romeo@example.net");

    /// <summary>Credentials that differ by their seed.</summary>
    protected static StoredCredentials Credentials(byte seed = 0) => new(
        [new ScramKeys(ScramHash.Sha256, [seed, 1], 4096, [seed, 2], [seed, 3])]);

    protected TStore Store<TStore>()
        where TStore : notnull => _services!.GetRequiredService<TStore>();

    public async ValueTask InitializeAsync()
    {
        var services = new ServiceCollection();
        _backend.Register(services);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
        foreach (IHostedLifecycleService service in _services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
            await service.StartingAsync(CancellationToken);
        await Store<IAccountStore>().CreateAsync(Juliet, Credentials(), CancellationToken);
        await Store<IAccountStore>().CreateAsync(Romeo, Credentials(), CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _services!.DisposeAsync();
        _backend.Dispose();
        GC.SuppressFinalize(this);
    }
}
