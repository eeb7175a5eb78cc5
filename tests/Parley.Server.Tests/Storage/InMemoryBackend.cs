using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Storage.InMemory;
using Parley.TestKit.Storage;

namespace Parley.Server.Tests.Storage;

public sealed class InMemoryBackend : StorageBackend
{
    public override void Register(IServiceCollection services) => services.AddInMemoryStorage();
}
