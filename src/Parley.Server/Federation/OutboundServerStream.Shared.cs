using System.Net;
using Parley.Protocol.Addressing;

namespace Parley.Server.Federation;

/// <summary>What of a stream is for other domains of the server that it goes to (XEP-0220 §2.6.2).</summary>
/// <remarks>
/// Only where the other side has said that an error of dialback does not end the stream, so that it may refuse one: that domain gets a stream of its own then. Not where the stream is
/// managed, or about to be (XEP-0198).
/// </remarks>
internal sealed partial class OutboundServerStream
{
    /// <summary>Domains that may use one stream besides the one that it was opened to; the next gets a stream of its own.</summary>
    internal const int MaxGuests = 64;

    private readonly SharedStreams _shared;
    private readonly HashSet<RemoteServer> _guests = [];
    private bool _takesErrors;
    private bool _isClosed;

    /// <summary>Where the connection goes to.</summary>
    internal IPEndPoint? Address { get; init; }

    /// <summary>Whether it began with TLS (XEP-0368).</summary>
    internal bool IsDirectTls { get; init; }

    // What was used last by any.
    private long LastUsed
    {
        get
        {
            lock (_gate)
            {
                return _guests.Aggregate(_remote.LastUsed, static (last, guest) => Math.Max(last, guest.LastUsed));
            }
        }
    }

    /// <summary>Whether the stream was opened to a domain, and is not only used for it.</summary>
    internal bool IsOwner(RemoteServer remote) => ReferenceEquals(remote, _remote);

    /// <summary>Whether it is the domain pair that the stream was opened for.</summary>
    internal bool IsFirst(RemoteServer remote, Jid local) => IsOwner(remote) && local.Equals(_first);

    /// <summary>Has another domain of the same server use the stream; <see cref="RemoteServer.Opened"/> is told of it.</summary>
    /// <param name="remote">The other domain.</param>
    /// <param name="isDirectTls">Whether a connection for it would begin with TLS.</param>
    /// <returns>Whether it may: the stream goes on, and does what is asked of that domain.</returns>
    internal bool TryJoin(RemoteServer remote, bool isDirectTls)
    {
        lock (_gate)
        {
            if (_isClosed || Management.IsUsed || _guests.Count >= MaxGuests || isDirectTls != IsDirectTls || !IsGoodFor(remote.Domain))
            {
                return false;
            }

            _guests.Add(remote);
            foreach (var local in remote.Opened(this))
            {
                _wanted.Add((remote, local));
            }
        }

        Work();
        return true;
    }

    /// <summary>A domain goes on with a stream of its own.</summary>
    internal void Leave(RemoteServer remote)
    {
        lock (_gate)
        {
            _guests.Remove(remote);
        }
    }

    // What a managed stream leaves behind is one domain's: with guests it is not managed, and managed it has none.
    private void OfferManagement(bool isOffered)
    {
        lock (_gate)
        {
            Management.IsOffered = isOffered && !_isBidirectional && _guests.Count == 0;
        }

        if (Management.IsUsed)
        {
            _shared.Remove(this);
        }
    }

    private void Share()
    {
        if (_takesErrors && !Management.IsUsed && !_remote.IsSeparate)
        {
            _shared.Add(this);
        }
    }

    // Nobody joins any more.
    private RemoteServer[] Close()
    {
        _shared.Remove(this);
        lock (_gate)
        {
            _isClosed = true;
            return [_remote, .. _guests];
        }
    }

    private void TellUsers()
    {
        var users = Close();
        var remains = _remote.EndManagement(this, WasFinished);
        var undelivered = Output.TakeUndelivered().ToLookup(static sent => sent.Addressed.To!.DomainJid);
        foreach (var user in users)
        {
            user.Lost(this, remains, undelivered[user.Domain]);
        }
    }

    // Where TLS comes first the name that it asks for may lead to one of several servers behind one address and port, of several owners. The one of the stream would be handed stanzas, and keys
    // by which it could pass for us at the other: only a certificate tells that they are the same.
    private bool IsGoodFor(Jid domain)
    {
        var policy = Services.Federation.PolicyFor(domain);
        return policy.Allow && (IsSecure || !policy.RequireTls) && (!(policy.NeedsCertificate || IsDirectTls) || (IsSecure && _certificate.VouchesFor(domain)))
            && (!_isBidirectional || MayTakeStanzasOf(domain));
    }

    private bool MayTakeStanzasOf(Jid domain) =>
        Services.Federation.PolicyFor(domain) is { NeedsCertificate: false } || (IsSecure && _certificate.VouchesFor(domain));
}
