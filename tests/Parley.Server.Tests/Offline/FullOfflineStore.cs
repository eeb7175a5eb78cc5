using Parley.Protocol.Addressing;
using Parley.Server.Storage;

namespace Parley.Server.Tests.Offline;

/// <summary>A store that is overloaded whenever something is to be kept.</summary>
internal sealed class FullOfflineStore : IOfflineStore
{
    public ValueTask<bool> AppendAsync(Jid account, long id, ReadOnlyMemory<byte> stanza, int limit, CancellationToken cancellationToken) =>
        throw new StorageOverloadedException();

    public ValueTask<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long afterId, int count, CancellationToken cancellationToken) => new([]);

    public ValueTask DeleteAsync(Jid account, IReadOnlyCollection<long> ids, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<int> CountAsync(Jid account, CancellationToken cancellationToken) => new(0);

    public ValueTask<long> HighestIdAsync(CancellationToken cancellationToken) => new(0);
}
