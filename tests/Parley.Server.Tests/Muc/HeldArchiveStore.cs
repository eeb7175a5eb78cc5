using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parley.Protocol.Addressing;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Tests.Muc;

/// <summary>Archives in which a message is at once, and durable only when a test says so.</summary>
internal sealed class HeldArchiveStore(IArchiveStore store) : IArchiveStore
{
    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Puts it before the store that there is.</summary>
    internal static void Register(IXmppServerBuilder builder)
    {
        var inner = builder.Services.Last(static service => service.ServiceType == typeof(IArchiveStore));
        builder.Services.Replace(ServiceDescriptor.Singleton<IArchiveStore>(provider =>
            new HeldArchiveStore((IArchiveStore)ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!))));
    }

    internal void Release() => _durable.TrySetResult();

    public async ValueTask AppendAsync(ArchiveEntry entry, CancellationToken cancellationToken)
    {
        await store.AppendAsync(entry, cancellationToken);
        await _durable.Task;
    }

    public ValueTask<ArchivePage> ReadAsync(ArchiveQuery query, ArchivePaging paging, CancellationToken cancellationToken) => store.ReadAsync(query, paging, cancellationToken);

    public ValueTask<IReadOnlySet<long>> FindAsync(Jid owner, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) => store.FindAsync(owner, ids, cancellationToken);

    public ValueTask<ArchiveBounds?> BoundsAsync(Jid owner, CancellationToken cancellationToken) => store.BoundsAsync(owner, cancellationToken);

    public ValueTask<ArchivedMessage?> FindByMessageIdAsync(Jid owner, Jid with, string messageId, CancellationToken cancellationToken) =>
        store.FindByMessageIdAsync(owner, with, messageId, cancellationToken);

    public ValueTask<bool> ReplaceAsync(Jid owner, long id, ReadOnlyMemory<byte> stanza, CancellationToken cancellationToken) => store.ReplaceAsync(owner, id, stanza, cancellationToken);

    public ValueTask<int> RemoveOldAsync(string domain, long beforeId, int count, CancellationToken cancellationToken) => store.RemoveOldAsync(domain, beforeId, count, cancellationToken);

    public ValueTask<int> TrimAsync(Jid owner, long keep, int count, CancellationToken cancellationToken) => store.TrimAsync(owner, keep, count, cancellationToken);

    public ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) => store.HighestIdAsync(cancellationToken);

    public ValueTask<IReadOnlyList<Jid>> OwnersAsync(string domain, Jid? after, int count, CancellationToken cancellationToken) => store.OwnersAsync(domain, after, count, cancellationToken);
}
