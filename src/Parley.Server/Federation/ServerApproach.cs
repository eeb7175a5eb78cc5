using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections.Tcp;
using Parley.Server.Diagnostics;

namespace Parley.Server.Federation;

/// <summary>The way to a stream: the hosts of a domain one after the other, until the stream on one of them comes about (RFC 6120 §3.2.1, XEP-0368 §2).</summary>
/// <remarks>
/// A stream has come about when its features are known under which it goes on: behind TLS, and with the certificate that is asked for. Where it does not, the next host
/// is tried, as if the connection had failed, until <see cref="FederationOptions.ConnectDeadline"/> is over. A stream behind whose host others come has
/// <see cref="FederationOptions.ConnectTimeout"/> for that, the last one the time of a negotiation.
/// </remarks>
internal sealed class ServerApproach(ServerStreamServices services, ServerConnector connector, SharedStreams shared, Lazy<TcpServerStreams> streams)
{
    /// <summary>Opens a stream, of which <see cref="RemoteServer.Opened"/> is told. Throws nothing.</summary>
    /// <param name="remote">The other domain.</param>
    /// <param name="local">The domain of ours in whose name.</param>
    /// <param name="stopped">Gives up.</param>
    /// <returns>Why there is none; null when there is one.</returns>
    internal async Task<ApproachFailure?> OpenAsync(RemoteServer remote, Jid local, CancellationToken stopped)
    {
        try
        {
            return await TryAllAsync(remote, local, stopped);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it is: what waits is not to wait for ever.
            return NotReached(remote, StanzaErrorCondition.RemoteServerTimeout, e is OperationCanceledException ? "given up" : "this server failed to connect");
        }
    }

    private async Task<ApproachFailure?> TryAllAsync(RemoteServer remote, Jid local, CancellationToken stopped)
    {
        if (services.Streams.IsClosing)
        {
            return NotReached(remote, StanzaErrorCondition.RemoteServerTimeout, "this server is being stopped");
        }

        var begun = services.Time.GetTimestamp();
        var (isUnknown, mayBeThere) = (false, false);
        var found = await connector.ConnectAsync(remote.Domain.Domain, ServiceKind.Server, remote.MayShare ? shared.Contains : null, stopped);
        if (found is { Connection: null, Failure: null, Address: { } there })
        {
            if (shared.TryJoin(there, found.Target!.DirectTls, remote))
            {
                return null;
            }

            // It has ended meanwhile, or will not do for this domain.
            found = await connector.ConnectAsync(remote.Domain.Domain, ServiceKind.Server, stopped);
        }

        while (found.Connection is { } context)
        {
            var stream = new OutboundServerStream(new TcpConnection(context, TcpFraming.Server), services, remote, local, shared) { Address = found.Address, IsDirectTls = found.Target!.DirectTls };
            if (found.Others.Count > 0)
            {
                stream.OpenWithin(Shorter(services.Federation.ConnectTimeout, Left(begun)));
            }

            // Beside us: it goes on for as long as the stream does.
            await Task.WhenAny(stream.Opened, streams.Value.RunAsync(context, stream, local, remote.Domain, found.Target!.DirectTls));
            if (stream.WasOpen)
            {
                return null;
            }

            isUnknown |= stream.IsHostUnknown;
            mayBeThere |= !stream.IsHostUnknown;
            var problem = stream.Problem ?? "the stream was lost";
            if (found.Others.Count == 0 || Left(begun) <= TimeSpan.Zero || services.Streams.IsClosing)
            {
                return Failed(mayBeThere ? StanzaErrorCondition.RemoteServerTimeout : StanzaErrorCondition.RemoteServerNotFound, $"{remote.Domain} could not be used", problem, isUnknown);
            }

            Log.ServerHostPassedOver(services.Logger, stream.Connection.Id, found.Target!.ToString(), $"{remote.Domain} could not be used: {problem}");
            found = await connector.ConnectAsync(found.Others, Left(begun), stopped);
        }

        return NotReached(
            remote,
            mayBeThere || found.Failure == ConnectFailure.RemoteServerTimeout ? StanzaErrorCondition.RemoteServerTimeout : StanzaErrorCondition.RemoteServerNotFound,
            found.Steps is [.., var last] ? last.Of(remote.Domain.Domain) : "there is no way to it",
            isUnknown);
    }

    private static ApproachFailure NotReached(RemoteServer remote, StanzaErrorCondition condition, string why, bool isUnknown = false) =>
        Failed(condition, $"{remote.Domain} cannot be reached", why, isUnknown);

    // Not found only where each host said so or is not there.
    private static ApproachFailure Failed(StanzaErrorCondition condition, string what, string why, bool isUnknown) =>
        new(new StanzaError(condition, $"{what}: {why}"), why, isUnknown && condition == StanzaErrorCondition.RemoteServerNotFound);

    private TimeSpan Left(long begun) => services.Federation.ConnectDeadline - services.Time.GetElapsedTime(begun);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}

/// <summary>Why no stream came about.</summary>
/// <param name="Reason">As the sender of a stanza is told.</param>
/// <param name="Why">The same in words, without the domain's name.</param>
/// <param name="IsHostUnknown">Whether a server was there, and said that the domain is not one of its (RFC 6120 §4.9.3.6).</param>
internal sealed record ApproachFailure(StanzaError Reason, string Why, bool IsHostUnknown);
