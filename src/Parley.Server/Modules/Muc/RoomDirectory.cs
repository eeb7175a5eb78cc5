using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc;

/// <summary>The rooms that are in use: a stored one is read at its first stanza, and forgotten when nobody has been in it for a while.</summary>
internal sealed class RoomDirectory : IHeartbeatTarget
{
    // How long it is taken to be so many that are stored: those that come meanwhile are in memory.
    private static readonly TimeSpan StoredCountTime = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<Jid, Task<Room?>> _rooms = new();
    private readonly ConcurrentDictionary<Jid, (long At, int Count)> _storedCounts = new();
    private readonly CreatedRooms _created = new();
    private readonly RoomStorage _storage;
    private readonly IRoomStore _store;
    private readonly IOptions<MucOptions> _options;
    private readonly TimeProvider _time;

    public RoomDirectory(RoomStorage storage, IRoomStore store, IOptions<MucOptions> options, TimeProvider time, Heartbeat heartbeat)
    {
        (_storage, _store, _options, _time) = (storage, store, options, time);
        heartbeat.Add(this);
    }

    /// <summary>The rooms in memory.</summary>
    internal IEnumerable<Room> Live
    {
        get
        {
            // Not by Values, which copies all of them.
            foreach (var (_, found) in _rooms)
            {
                if (found.IsCompletedSuccessfully && found.Result is { } room)
                {
                    yield return room;
                }
            }
        }
    }

    /// <summary>A room in memory by its bare JID; null when it is not there.</summary>
    internal Room? FindLive(Jid address) => _rooms.TryGetValue(address, out var found) && found.IsCompletedSuccessfully ? found.Result : null;

    /// <summary>A room by its bare JID; null when there is none.</summary>
    internal ValueTask<Room?> FindAsync(Jid address, CancellationToken cancellationToken) =>
        _rooms.TryGetValue(address, out var found) && found.IsCompletedSuccessfully ? new(found.Result) : LoadAsync(address, cancellationToken);

    /// <summary>Puts a room that has just been made into its place; false when there is one.</summary>
    internal bool TryAdd(Room room)
    {
        // First, for once it is in its place it may be gone at once.
        _created.Add(room);
        var isAdded = _rooms.TryAdd(room.Address, Task.FromResult<Room?>(room));
        if (!isAdded)
        {
            _created.Remove(room);
        }

        return isAdded;
    }

    /// <summary>Takes a room out, in its turn: whoever waits for it looks again.</summary>
    internal void Remove(Room room)
    {
        room.IsGone = true;
        _created.Remove(room);
        if (_rooms.TryGetValue(room.Address, out var task) && task.IsCompletedSuccessfully && ReferenceEquals(task.Result, room))
        {
            _rooms.TryRemove(new(room.Address, task));
        }
    }

    /// <summary>Whether a user may own one room more of a service.</summary>
    /// <exception cref="StanzaException">resource-constraint: he has as many as he may, or the services have.</exception>
    internal async ValueTask RequireSpaceAsync(Jid service, Jid owner, CancellationToken cancellationToken)
    {
        var (rooms, own) = (_options.Value.MaxRooms, _options.Value.MaxRoomsPerUser);
        if (rooms > 0 && await IsFullAsync(service, rooms, cancellationToken))
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "There are as many rooms as there may be.");
        }

        if (own > 0 && _created.Unstored(service, owner) + await _store.CountAsync(service.Domain, new RoomListQuery { Owner = owner }, cancellationToken) >= own)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"One user owns {own} rooms at most.");
        }
    }

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        foreach (var room in Live)
        {
            if (room is not { IsStored: true, Occupants.Count: 0 }
                || _time.GetElapsedTime(room.EmptySince, timestamp) < _options.Value.IdleTime
                || !room.Gate.TryEnter())
            {
                continue;
            }

            // Looked at once more, now that nothing happens there.
            if (room is { IsStored: true, Occupants.Count: 0 })
            {
                Remove(room);
            }

            room.Gate.Leave();
        }
    }

    // Approximate where rooms are stored or go at this moment, which a limit may be. All in memory and all in the store are no fewer than there are: mostly that is enough to know.
    private async ValueTask<bool> IsFullAsync(Jid service, int limit, CancellationToken cancellationToken)
    {
        var now = _time.GetTimestamp();
        if (!_storedCounts.TryGetValue(service, out var stored) || _time.GetElapsedTime(stored.At, now) > StoredCountTime)
        {
            stored = (now, await _store.CountAsync(service.Domain, RoomListQuery.All, cancellationToken));
            _storedCounts[service] = stored;
        }

        return _rooms.Count + stored.Count >= limit
            && Live.Count(room => room is { IsStored: false, IsNew: false } && room.Address.DomainJid.Equals(service))
                + await _store.CountAsync(service.Domain, RoomListQuery.All, cancellationToken) >= limit;
    }

    private async ValueTask<Room?> LoadAsync(Jid address, CancellationToken cancellationToken)
    {
        while (true)
        {
            var loading = new TaskCompletionSource<Room?>(TaskCreationOptions.RunContinuationsAsynchronously);
            var task = _rooms.GetOrAdd(address, loading.Task);
            if (task != loading.Task)
            {
                return await task.WaitAsync(cancellationToken);
            }

            Room? room = null;
            try
            {
                room = await _storage.LoadAsync(address, CancellationToken.None);
                if (room is not null)
                {
                    room.EmptySince = _time.GetTimestamp();
                }
            }
            catch (Exception e)
            {
                _rooms.TryRemove(new(address, task));
                loading.SetException(e);
                throw;
            }

            if (room is null)
            {
                // Names that no room has are not kept.
                _rooms.TryRemove(new(address, task));
            }

            loading.SetResult(room);
            return room;
        }
    }
}
