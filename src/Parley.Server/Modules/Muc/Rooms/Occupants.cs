using System.Diagnostics.CodeAnalysis;
using Parley.Protocol.Addressing;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Who is in a room: by address in the room, by nickname, by user, by real address. Used in the room's turn alone.</summary>
internal sealed class Occupants
{
    private readonly Dictionary<Jid, Occupant> _byAddress = [];
    private readonly NicknameIndex<Occupant> _byNickname = new();
    private readonly Dictionary<Jid, OccupantSession> _sessions = [];
    private readonly Dictionary<Jid, Occupant[]> _byUser = [];
    private readonly RelayedRequests _awaited = new();
    private OccupantSession[]? _clients;

    /// <summary>How many there are.</summary>
    internal int Count => _byAddress.Count;

    /// <summary>All of them; somebody may come or go while they are gone through.</summary>
    internal OccupantList All { get; } = new();

    /// <summary>The clients of all of them, in no order; the array stays as it is when one comes or goes.</summary>
    internal OccupantSession[] Clients => _clients ??= [.. _sessions.Values];

    /// <summary>The occupant of an address <c>room@service/nickname</c>, or null.</summary>
    internal Occupant? Find(Jid address) => _byAddress.GetValueOrDefault(address);

    /// <summary>The occupant whose nickname is this one, or too much like it; null when there is none.</summary>
    internal Occupant? Like(string nickname) => _byNickname.Find(nickname);

    /// <summary>Whether a nickname, or one too much like it, is that of an occupant who does not fit.</summary>
    internal bool IsTaken(string nickname, Func<Occupant, bool> fits) => _byNickname.IsTaken(nickname, fits);

    /// <summary>The client of a real full JID.</summary>
    internal bool TryFindSession(Jid real, [NotNullWhen(true)] out OccupantSession? session) => _sessions.TryGetValue(real, out session);

    /// <summary>Those of a user, by any address of his: mostly none or one.</summary>
    internal IEnumerable<Occupant> OfUser(Jid user) => _byUser.GetValueOrDefault(user.Bare) ?? [];

    /// <summary>Notes something that is sent on for a client; the id under which it is to go.</summary>
    internal string Await(OccupantSession session, RelayedRequest request) => _awaited.Add(session, request);

    /// <summary>What an answer belongs to, once; null when nobody waits for it from there.</summary>
    internal (OccupantSession Session, RelayedRequest Request)? TakeAwaited(string id, Jid from) => _awaited.Take(id, from);

    /// <summary>Adds a client; its occupant, too, if it is his first.</summary>
    internal void Add(OccupantSession session)
    {
        var occupant = session.Occupant;
        if (occupant.Sessions.Length == 0)
        {
            _byAddress.Add(occupant.Address, occupant);
            _byNickname.Set(occupant.Nickname, occupant);
            _byUser[occupant.User] = _byUser.TryGetValue(occupant.User, out var others) ? [.. others, occupant] : [occupant];
            All.Add(occupant);
        }

        occupant.Add(session);
        _sessions.Add(session.Address, session);
        _clients = null;
    }

    /// <summary>Takes a client out; with the last one its occupant.</summary>
    internal void Remove(OccupantSession session)
    {
        var occupant = session.Occupant;
        if (!_sessions.Remove(session.Address))
        {
            return;
        }

        _awaited.Forget(session);
        _clients = null;
        occupant.Remove(session);
        if (occupant.Sessions.Length == 0)
        {
            _byAddress.Remove(occupant.Address);
            _byNickname.Remove(occupant.Nickname, occupant);
            RemoveOfUser(occupant);
            All.Remove(occupant);
        }
    }

    /// <summary>Gives an occupant another address.</summary>
    internal void Rename(Occupant occupant, Jid address)
    {
        _byAddress.Remove(occupant.Address);
        _byNickname.Remove(occupant.Nickname, occupant);
        occupant.Rename(address);
        _byAddress.Add(occupant.Address, occupant);
        _byNickname.Set(occupant.Nickname, occupant);
    }

    private void RemoveOfUser(Occupant occupant)
    {
        Occupant[] others = [.. _byUser[occupant.User].Where(other => !ReferenceEquals(other, occupant))];
        if (others.Length > 0)
        {
            _byUser[occupant.User] = others;
        }
        else
        {
            _byUser.Remove(occupant.User);
        }
    }
}
