using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Connections;

/// <summary>Stanzas in the order in which they were sent: put in behind, taken out in front, without an allocation for each.</summary>
/// <remarks>
/// The size of each is kept beside it: when it is taken out it is long cold, and nothing of it needs to be looked at. Its array grows with what is kept,
/// and is given up when nothing is and it had grown. Not safe for several threads.
/// </remarks>
internal sealed class SentStanzaRing
{
    private const int FirstCapacity = 16;

    // Sessions come and go between these without growing again.
    private const int KeptCapacity = 64;
    private Entry[] _entries = [];
    private int _first;

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    /// <summary>About how much memory they take, in bytes.</summary>
    internal int Bytes { get; private set; }

    /// <summary>The stanzas, the oldest first.</summary>
    internal IEnumerable<SentStanza> Stanzas
    {
        get
        {
            for (var i = 0; i < Count; i++)
            {
                yield return _entries[(_first + i) & (_entries.Length - 1)].ToSent();
            }
        }
    }

    /// <summary>Puts one in; returns its size.</summary>
    internal int Add(Stanza stanza, Jid? from, Jid? to, Fallback fallback, long at)
    {
        if (Count == _entries.Length)
        {
            Grow();
        }

        var size = stanza.Size;
        ref var entry = ref _entries[(_first + Count) & (_entries.Length - 1)];
        entry.Stanza = stanza;
        entry.Size = size;
        entry.At = at;
        entry.Fallback = fallback;
        entry.HasAddresses = !ReferenceEquals(from, stanza.From) || !ReferenceEquals(to, stanza.To);
        if (entry.HasAddresses)
        {
            (entry.From, entry.To) = (from, to);
        }

        Count++;
        Bytes += size;
        return size;
    }

    /// <summary>Takes out the oldest, so many of them.</summary>
    internal void Remove(int count)
    {
        for (var i = 0; i < count; i++)
        {
            ref var entry = ref _entries[_first];
            Bytes -= entry.Size;
            entry.Stanza = null!;
            if (entry.HasAddresses)
            {
                entry.From = entry.To = null;
            }

            _first = (_first + 1) & (_entries.Length - 1);
        }

        Count -= count;
        if (Count == 0 && _entries.Length > KeptCapacity)
        {
            (_entries, _first) = ([], 0);
        }
    }

    private void Grow()
    {
        var larger = new Entry[Math.Max(FirstCapacity, _entries.Length * 2)];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = _entries[(_first + i) & (_entries.Length - 1)];
        }

        (_entries, _first) = (larger, 0);
    }

    // The addresses only where they are others than the stanza's own; the time in ticks of UTC, zero where it is not kept.
    private struct Entry
    {
        internal Stanza Stanza;
        internal Jid? From;
        internal Jid? To;
        internal long At;
        internal int Size;
        internal Fallback Fallback;
        internal bool HasAddresses;

        internal readonly SentStanza ToSent() => new(
            Stanza,
            HasAddresses ? From : Stanza.From,
            HasAddresses ? To : Stanza.To,
            Fallback,
            At == 0 ? default : new DateTimeOffset(At, TimeSpan.Zero));
    }
}
