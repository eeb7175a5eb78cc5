namespace Parley.Server.Federation;

/// <summary>What a stream that another server opened carries back to it, once it has asked for that (XEP-0288): stanzas to each domain that has proven to be there, and of the domain that it was proven to alone.</summary>
internal sealed class WaysBack(InboundServerStream stream, RemoteServers remotes)
{
    private readonly Lock _gate = new();
    private HashSet<RemoteDomain>? _users;
    private bool _isOver;

    /// <summary>Whether the peer has asked for it.</summary>
    internal bool IsOn { get; set; }

    /// <summary>A domain pair is good: stanzas may go its way back, behind what was written to the stream so far.</summary>
    internal void Open(DomainPair pair)
    {
        if (!IsOn)
        {
            return;
        }

        // A dialback may end when the stream does: who has written to it is known when what it did not take is given back.
        lock (_gate)
        {
            if (!_isOver && remotes.Offer(stream, pair) is { } remote)
            {
                (_users ??= []).Add(remote);
            }
        }
    }

    /// <summary>The stream takes nothing more.</summary>
    internal void End()
    {
        RemoteDomain[] users;
        lock (_gate)
        {
            _isOver = true;
            users = [.. _users ?? []];
        }

        if (users.Length == 0)
        {
            return;
        }

        var undelivered = stream.Output.TakeUndelivered().Select(static sent => sent.Addressed).ToLookup(static stanza => stanza.To!.DomainJid);
        foreach (var user in users)
        {
            user.LostWayBack(stream, undelivered[user.Domain]);
        }
    }
}
