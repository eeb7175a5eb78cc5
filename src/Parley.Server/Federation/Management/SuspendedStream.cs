using Parley.Protocol.Addressing;
using Parley.Server.Connections;

namespace Parley.Server.Federation.Management;

/// <summary>A stream of ours that was lost and may be resumed (XEP-0198 §5): what the other server has not acknowledged, for all domains of ours.</summary>
/// <param name="Id">The id that the other server gave it.</param>
/// <param name="Locals">The domains of ours that spoke on it: each has to be proven again before it is resumed.</param>
/// <param name="Handled">How many of the other server's stanzas are handled.</param>
/// <param name="Acknowledged">How many of ours it has acknowledged.</param>
/// <param name="Stanzas">Those that it has not, oldest first.</param>
internal sealed record SuspendedStream(string Id, IReadOnlyList<Jid> Locals, uint Handled, uint Acknowledged, IReadOnlyList<SentStanza> Stanzas)
{
    /// <summary>How many it was sent.</summary>
    internal uint Sent => Acknowledged + (uint)Stanzas.Count;

    /// <summary>What is left when the other server says how much it handled, though it does not resume the stream; all of it when it says what cannot be.</summary>
    internal IEnumerable<SentStanza> Behind(uint? handled) =>
        handled is { } count && count - Acknowledged <= (uint)Stanzas.Count ? Stanzas.Skip((int)(count - Acknowledged)) : Stanzas;

    /// <summary>Has another stream take over: what was not handled is sent again on it.</summary>
    /// <param name="output">The output of that stream.</param>
    /// <param name="handled">What the other server says to have handled.</param>
    /// <param name="time">The time.</param>
    /// <returns>False, and nothing has happened, when it was not sent as much.</returns>
    internal bool TryMoveTo(OutputQueue output, uint handled, TimeProvider time)
    {
        var unacknowledged = new UnacknowledgedStanzas(time);
        foreach (var stanza in Stanzas)
        {
            unacknowledged.Add(stanza);
        }

        unacknowledged.StartAt(Acknowledged);
        return OutputQueue.Parked(unacknowledged, int.MaxValue, static () => { }).MoveTo(output, handled, [], out _);
    }
}
