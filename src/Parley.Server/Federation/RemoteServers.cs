using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Connections.Tcp;
using Parley.Server.Routing;

namespace Parley.Server.Federation;

/// <summary>The other domains that are dealt with, <see cref="FederationOptions.MaxRemoteDomains"/> at most.</summary>
/// <remarks>
/// One without a stream that nothing was sent to for <see cref="FederationOptions.MaxRetryDelay"/> is forgotten; where three quarters of the room are taken, as soon as it may be
/// tried again. At the limit stanzas for others are answered with resource-constraint, and so are keys of others.
/// </remarks>
internal sealed class RemoteServers : IRemoteDomains, IHeartbeatTarget, IDisposable
{
    /// <summary>Keys of all inbound streams that may be asked about at a time; the next is answered with resource-constraint.</summary>
    internal const int MaxVerifications = 1000;

    private readonly ServerStreamServices _services;
    private readonly ServerApproach _approach;
    private readonly ConcurrentDictionary<Jid, RemoteDomain> _remotes = new();
    private readonly ConcurrentDictionary<Task, byte> _givingBack = new();
    private readonly CancellationTokenSource _stopped = new();
    private int _verifications;

    public RemoteServers(ServerStreamServices services, ServerConnector connector, Lazy<TcpServerStreams> streams, Heartbeat heartbeat)
    {
        _services = services;
        _approach = new ServerApproach(services, connector, new SharedStreams(), streams);
        if (services.Federation.Enabled)
        {
            heartbeat.Add(this);
        }
    }

    /// <summary>How many there are; a figure for meters.</summary>
    internal int Count => _remotes.Count;

    private bool IsCrowded => _remotes.Count > _services.Federation.MaxRemoteDomains * 3L / 4;

    /// <inheritdoc/>
    IDomainTarget? IRemoteDomains.Find(Jid domain) => _services.Federation.Enabled ? Get(domain) : null;

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        var isCrowded = IsCrowded;
        foreach (var (_, remote) in _remotes)
        {
            if (remote.Check(timestamp, isCrowded))
            {
                Forget(remote);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Registered under two names, and disposed of under both.
        if (!_stopped.IsCancellationRequested)
        {
            _stopped.Cancel();
            _stopped.Dispose();
        }
    }

    /// <summary>Senders are being told of something.</summary>
    internal void Track(Task givingBack)
    {
        if (!givingBack.IsCompleted)
        {
            _givingBack.TryAdd(givingBack, 0);
            _ = givingBack.ContinueWith(told => _givingBack.TryRemove(told, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>The server stops, and all streams have ended: what waits for another goes back to its senders. Completes when they have been told.</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var (_, remote) in _remotes)
        {
            remote.Stop();
        }

        await Task.WhenAll(_givingBack.Keys).WaitAsync(cancellationToken);
    }

    /// <summary>Asks the authoritative server of a sender domain whether a key is one of its (XEP-0220 §2.1.2).</summary>
    /// <param name="pair">The sender domain, and ours.</param>
    /// <param name="id">The id of the stream that the key came on.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<DialbackOutcome> VerifyAsync(DomainPair pair, string id, byte[] key, CancellationToken cancellationToken)
    {
        try
        {
            return Interlocked.Increment(ref _verifications) <= MaxVerifications
                ? await Get(pair.Sender).VerifyAsync(pair, id, key, cancellationToken)
                : DialbackOutcome.Failed(StanzaErrorCondition.ResourceConstraint);
        }
        catch (StanzaException e)
        {
            return DialbackOutcome.Failed(e.Error.Condition);
        }
        finally
        {
            Interlocked.Decrement(ref _verifications);
        }
    }

    /// <summary>The other server takes stanzas to the sender domain of a pair on a stream that it opened (XEP-0288).</summary>
    /// <returns>Who is told when the stream ends; null when there is no room for one more domain: then stanzas go on a stream of our own, as without it.</returns>
    internal RemoteDomain? Offer(InboundServerStream stream, DomainPair pair)
    {
        while (_remotes.ContainsKey(pair.Sender) || !IsCrowded)
        {
            try
            {
                var remote = Get(pair.Sender);
                if (remote.Offer(stream, pair.Target))
                {
                    return remote;
                }

                Forget(remote);
            }
            catch (StanzaException)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>Opens a stream to a domain, of which <see cref="RemoteServer.Opened"/> is told. Returns why there is none, or null.</summary>
    internal Task<ApproachFailure?> OpenAsync(RemoteServer remote, Jid local) => _approach.OpenAsync(remote, local, _stopped.Token);

    /// <summary>Nothing is known of a domain any more.</summary>
    internal void Forget(RemoteDomain remote) => _remotes.TryRemove(new(remote.Domain, remote));

    /// <summary>Another domain, known from now on.</summary>
    /// <exception cref="StanzaException">There are too many.</exception>
    internal RemoteDomain Get(Jid domain)
    {
        if (_remotes.TryGetValue(domain, out var remote))
        {
            return remote;
        }

        return _remotes.Count < _services.Federation.MaxRemoteDomains
            ? _remotes.GetOrAdd(domain, static (domain, all) => new RemoteDomain(domain, all._services, all), this)
            : throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "This server deals with too many others at present.");
    }
}
