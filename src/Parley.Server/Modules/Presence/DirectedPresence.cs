using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Presence;

/// <summary>To whom a session has sent directed presence, so that they hear when it goes (RFC 6121 §4.6.2). Made only for sessions that do.</summary>
/// <remarks>1,000 addresses at most; beyond that directed presence is refused with resource-constraint.</remarks>
internal sealed class DirectedPresence
{
    private const int Limit = 1000;

    /// <summary>One address a line.</summary>
    internal static readonly SlotFormat<DirectedPresence> Format = new("directed-presence", static directed => directed.Write(), Read);

    private readonly HashSet<Jid> _sentTo = [];

    /// <summary>Notes an address.</summary>
    /// <exception cref="StanzaException">resource-constraint: there are too many.</exception>
    internal void Add(Jid to)
    {
        lock (_sentTo)
        {
            if (_sentTo.Count >= Limit && !_sentTo.Contains(to))
            {
                throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"Presence is directed to {Limit} addresses at most.");
            }

            _sentTo.Add(to);
        }
    }

    /// <summary>Forgets an address: it has been told, or does not exist.</summary>
    internal void Remove(Jid to)
    {
        lock (_sentTo)
        {
            _sentTo.Remove(to);
        }
    }

    /// <summary>Whether an address, or its bare JID, is among them.</summary>
    internal bool Includes(Jid other)
    {
        lock (_sentTo)
        {
            return _sentTo.Contains(other) || _sentTo.Contains(other.Bare);
        }
    }

    private byte[] Write()
    {
        lock (_sentTo)
        {
            return Encoding.UTF8.GetBytes(string.Join('\n', _sentTo));
        }
    }

    private static DirectedPresence Read(ReadOnlyMemory<byte> bytes)
    {
        var directed = new DirectedPresence();
        foreach (var line in Encoding.UTF8.GetString(bytes.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            directed._sentTo.Add(Jid.Parse(line));
        }

        return directed;
    }

    /// <summary>Takes out the addresses that are chosen.</summary>
    internal Jid[] Take(Func<Jid, bool> chosen)
    {
        lock (_sentTo)
        {
            Jid[] taken = [.. _sentTo.Where(chosen)];
            _sentTo.ExceptWith(taken);
            return taken;
        }
    }
}
