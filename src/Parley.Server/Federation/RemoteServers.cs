using System.Collections.Concurrent;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Connections.Tcp;
using Parley.Server.Routing;

namespace Parley.Server.Federation;

/// <summary>The other domains that are dealt with, <see cref="FederationOptions.MaxRemoteDomains"/> at most; those that nothing was sent to for long are forgotten.</summary>
internal sealed class RemoteServers : IRemoteDomains, IHeartbeatTarget, IDisposable
{
    private readonly ServerStreamServices _services;
    private readonly ServerConnector _connector;
    private readonly Lazy<TcpServerStreams> _streams;
    private readonly ConcurrentDictionary<Jid, RemoteServer> _remotes = new();
    private readonly ConcurrentDictionary<Task, byte> _givingBack = new();
    private readonly CancellationTokenSource _stopped = new();

    public RemoteServers(ServerStreamServices services, ServerConnector connector, Lazy<TcpServerStreams> streams, Heartbeat heartbeat)
    {
        (_services, _connector, _streams) = (services, connector, streams);
        if (services.Federation.Enabled)
        {
            heartbeat.Add(this);
        }
    }

    /// <summary>How many there are; a figure for meters.</summary>
    internal int Count => _remotes.Count;

    /// <inheritdoc/>
    public IDomainTarget? Find(Jid domain) => _services.Federation.Enabled ? Get(domain) : null;

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        foreach (var (domain, remote) in _remotes)
        {
            if (remote.Check(timestamp))
            {
                _remotes.TryRemove(domain, out _);
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
            return await Get(pair.Sender).VerifyAsync(pair, id, key, cancellationToken);
        }
        catch (StanzaException e)
        {
            return DialbackOutcome.Failed(e.Error.Condition);
        }
    }

    /// <summary>Connects to a domain. The stream is not running yet: nothing of it is lost before somebody knows it.</summary>
    internal async Task<((OutboundServerStream Stream, Func<Task> Run)? Start, StanzaError? Failure)> ConnectAsync(RemoteServer remote, Jid local)
    {
        try
        {
            if (_services.Streams.IsClosing)
            {
                return (null, new StanzaError(StanzaErrorCondition.RemoteServerTimeout, "This server is being stopped."));
            }

            var found = await _connector.ConnectAsync(remote.Domain.Domain, ServiceKind.Server, _stopped.Token);
            if (found.Connection is not { } context)
            {
                var condition = found.Failure == ConnectFailure.RemoteServerNotFound ? StanzaErrorCondition.RemoteServerNotFound : StanzaErrorCondition.RemoteServerTimeout;
                return (null, new StanzaError(condition, $"{remote.Domain}: {(found.Steps is [.., var last] ? last : null)}"));
            }

            var stream = new OutboundServerStream(new TcpConnection(context, TcpFraming.Server), _services, remote, local);
            return ((stream, () => _streams.Value.RunAsync(context, stream, local, remote.Domain, found.Target!.DirectTls)), null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it is: what waits is not to wait for ever.
            return (null, new StanzaError(StanzaErrorCondition.RemoteServerTimeout, $"{remote.Domain}: {(e is OperationCanceledException ? "given up" : "this server failed to connect")}"));
        }
    }

    private RemoteServer Get(Jid domain)
    {
        if (_remotes.TryGetValue(domain, out var remote))
        {
            return remote;
        }

        return _remotes.Count < _services.Federation.MaxRemoteDomains
            ? _remotes.GetOrAdd(domain, static (domain, all) => new RemoteServer(domain, all._services, all), this)
            : throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "This server deals with too many others at present.");
    }
}
