using System.Collections;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Occupants in the order in which they came. Who goes leaves a hole; holes are closed many at once, so that neither a storm of entries nor one of departures copies the list for each.</summary>
/// <remarks>Used in the room's turn alone, in which it may change while it is gone through: who came since is not met, nor is who has gone.</remarks>
internal sealed class OccupantList : IEnumerable<Occupant>
{
    private const int MinCapacity = 8;
    private const int Gone = -1;
    private Occupant?[] _places = [];
    private int _end;

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    internal void Add(Occupant occupant)
    {
        if (_end == _places.Length)
        {
            Compact();
        }

        occupant.Place = _end;
        _places[_end++] = occupant;
        Count++;
    }

    internal void Remove(Occupant occupant)
    {
        _places[occupant.Place] = null;
        occupant.Place = Gone;
        Count--;
        if (Count < _places.Length / 4 && _places.Length > MinCapacity)
        {
            Compact();
        }
    }

    /// <summary>Goes through them without allocating.</summary>
    public Enumerator GetEnumerator() => new(_places, _end);

    IEnumerator<Occupant> IEnumerable<Occupant>.GetEnumerator()
    {
        foreach (var occupant in this)
        {
            yield return occupant;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<Occupant>)this).GetEnumerator();

    // Into another array: whoever goes through the old one is not disturbed.
    private void Compact()
    {
        var places = new Occupant?[Math.Max(MinCapacity, Count * 2)];
        var end = 0;
        foreach (var occupant in this)
        {
            occupant.Place = end;
            places[end++] = occupant;
        }

        (_places, _end) = (places, end);
    }

    /// <summary>Goes through those that were there when it began.</summary>
    internal struct Enumerator(Occupant?[] places, int end)
    {
        private int _next;

        /// <summary>The one that <see cref="MoveNext"/> found.</summary>
        public Occupant Current { get; private set; } = null!;

        public bool MoveNext()
        {
            while (_next < end)
            {
                if (places[_next++] is { Place: not Gone } occupant)
                {
                    Current = occupant;
                    return true;
                }
            }

            return false;
        }
    }
}
