using Parley.Protocol.Addressing;

namespace Parley.Server.Sessions.Components;

/// <summary>The available presence that a component has sent and not taken back: when it goes away without a word, this is what would be left standing.</summary>
/// <remarks>50,000 pairs of addresses at most; what is shown beyond that stays as it is when the component goes.</remarks>
internal sealed class ShownPresence
{
    internal const int Limit = 50_000;

    // By whom it was shown to: that one leaves, too.
    private readonly Dictionary<Jid, HashSet<Jid>> _byViewer = [];
    private readonly Lock _gate = new();
    private int _count;

    /// <summary>Presence of <paramref name="from"/> is shown to <paramref name="to"/>.</summary>
    internal void Add(Jid from, Jid to)
    {
        lock (_gate)
        {
            if (_count == Limit)
            {
                return;
            }

            if (!_byViewer.TryGetValue(to, out var shown))
            {
                _byViewer.Add(to, shown = []);
            }

            _count += shown.Add(from) ? 1 : 0;
        }
    }

    /// <summary>It is taken back.</summary>
    internal void Remove(Jid from, Jid to) => Remove(to, other => other.Equals(from));

    /// <summary>The viewer has left what it saw at an address: an account there, or a room with all who are in it.</summary>
    internal void Leave(Jid viewer, Jid address) => Remove(viewer, other => other.BareEquals(address));

    /// <summary>Takes all out.</summary>
    internal IReadOnlyList<(Jid From, Jid To)> TakeAll()
    {
        lock (_gate)
        {
            (Jid, Jid)[] all = [.. _byViewer.SelectMany(static pair => pair.Value.Select(from => (from, pair.Key)))];
            _byViewer.Clear();
            _count = 0;
            return all;
        }
    }

    private void Remove(Jid viewer, Predicate<Jid> chosen)
    {
        lock (_gate)
        {
            if (_byViewer.TryGetValue(viewer, out var shown))
            {
                _count -= shown.RemoveWhere(chosen);
                if (shown.Count == 0)
                {
                    _byViewer.Remove(viewer);
                }
            }
        }
    }
}
