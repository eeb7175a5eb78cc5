using Microsoft.Extensions.DependencyInjection;

namespace Parley.TestKit.Storage;

/// <summary>A kind of storage under test, empty when made, gone when disposed.</summary>
public abstract class StorageBackend : IDisposable
{
    /// <summary>Registers the stores, as a program would.</summary>
    public abstract void Register(IServiceCollection services);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
