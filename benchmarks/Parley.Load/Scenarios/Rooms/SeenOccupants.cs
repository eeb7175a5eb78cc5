using System.Collections;

namespace Parley.Load.Scenarios.Rooms;

/// <summary>Whom one client has seen in a room, and when; added to by its reader alone.</summary>
internal sealed class SeenOccupants(int occupants)
{
    private readonly BitArray _seen = new(occupants);
    private int _count;
    private long _last;
    private long _entered;

    /// <summary>How many different ones.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>When the last one was seen that was not seen before.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>When the client itself was in; 0 before.</summary>
    public long Entered => Volatile.Read(ref _entered);

    public void Add(int client, long now)
    {
        if (client >= occupants || _seen[client])
            return;
        _seen[client] = true;
        Volatile.Write(ref _last, now);
        Volatile.Write(ref _count, _count + 1);
    }

    public void Enter(long now) => Volatile.Write(ref _entered, now);
}
