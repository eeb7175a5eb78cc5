using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.TestKit;

namespace Parley.Server.Tests.Streams;

/// <summary>A store whose commits take until a test lets them end.</summary>
internal sealed class HeldOfflineStore : IOfflineStore
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when something is to be stored.</summary>
    internal Task Reached => _reached.Task.WaitAsync(TestClient.Patience);

    public async ValueTask<bool> AppendAsync(Jid account, long id, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        await _outcome.Task;
        return true;
    }

    public ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long afterId, int count, CancellationToken cancellationToken) => new([]);

    public ValueTask DeleteAsync(Jid account, long upToId, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DeleteAsync(Jid account, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) => new(0);

    public ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken) => new(0);

    internal void Release() => _outcome.TrySetResult();

    internal void Fail(Exception reason) => _outcome.TrySetException(reason);
}

internal static class StoreRegistration
{
    /// <summary>Registers a store in place of the one in memory.</summary>
    internal static IServiceCollection AddSingletonStore<T>(this IServiceCollection services, T store)
        where T : class => services.AddSingleton(store);
}
