using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parley.Protocol.Addressing;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Tests.Muc;

/// <summary>A store of rooms that is overloaded whenever something is to be kept, as long as it is said to be.</summary>
internal sealed class BusyRoomStore(IRoomStore store) : IRoomStore
{
    internal bool IsBusy { get; set; }

    /// <summary>Puts it before the store that there is.</summary>
    internal static void Register(IXmppServerBuilder builder)
    {
        var inner = builder.Services.Last(static service => service.ServiceType == typeof(IRoomStore));
        builder.Services.Replace(ServiceDescriptor.Singleton<IRoomStore>(provider =>
            new BusyRoomStore((IRoomStore)ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!))));
    }

    /// <summary>How many rooms have been asked for.</summary>
    internal int Finds { get; private set; }

    /// <summary>How many rooms have been listed.</summary>
    internal int Listed { get; private set; }

    public ValueTask<StoredRoom?> FindAsync(Jid room, CancellationToken cancellationToken)
    {
        Finds++;
        return store.FindAsync(room, cancellationToken);
    }

    public ValueTask SaveAsync(RoomRow room, CancellationToken cancellationToken) => Writable().SaveAsync(room, cancellationToken);

    public ValueTask SaveAsync(RoomRow room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken) =>
        Writable().SaveAsync(room, members, cancellationToken);

    public ValueTask SetMembersAsync(Jid room, IReadOnlyCollection<RoomMember> members, CancellationToken cancellationToken) =>
        Writable().SetMembersAsync(room, members, cancellationToken);

    public ValueTask<bool> RemoveAsync(Jid room, CancellationToken cancellationToken) => Writable().RemoveAsync(room, cancellationToken);

    public async ValueTask<IReadOnlyList<RoomRow>> ListAsync(string service, RoomListQuery query, RoomListPage page, CancellationToken cancellationToken)
    {
        var rows = await store.ListAsync(service, query, page, cancellationToken);
        Listed += rows.Count;
        return rows;
    }

    public ValueTask<int> CountAsync(string service, RoomListQuery query, CancellationToken cancellationToken) => store.CountAsync(service, query, cancellationToken);

    public ValueTask<IReadOnlyList<RoomOfUser>> OfUserAsync(Jid user, CancellationToken cancellationToken) => store.OfUserAsync(user, cancellationToken);

    private IRoomStore Writable() => IsBusy ? throw new StorageOverloadedException() : store;
}
