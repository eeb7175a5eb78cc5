using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Parley.Server.Federation;

/// <summary>Connects to a domain: finds its hosts, and tries them one after the other (RFC 6120 §3.2.1), the addresses of each as RFC 8305 says.</summary>
/// <remarks>
/// A host has <see cref="FederationOptions.ConnectTimeout"/>, the finding of its addresses included, all together have
/// <see cref="FederationOptions.ConnectDeadline"/>. The next host comes when no address of the one before can be reached (or, asked for by <see cref="ServerApproach"/>, no stream
/// comes about there), and not in a race with it: the domain has said which it prefers.
/// </remarks>
public sealed class ServerConnector(ServerLocator locator, AddressRace race, AddressPolicy policy, FederationOptions options, TimeProvider time)
{
    /// <summary>Connects to a domain.</summary>
    /// <param name="domain">The domain of an address.</param>
    /// <param name="service">What is wanted there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<ServerConnection> ConnectAsync(string domain, ServiceKind service, CancellationToken cancellationToken) => ConnectAsync(domain, service, null, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, ServiceKind, CancellationToken)"/>
    /// <param name="domain">The domain of an address.</param>
    /// <param name="service">What is wanted there.</param>
    /// <param name="isOpen">Whether there is a stream to an address that does as well: then no connection is made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async ValueTask<ServerConnection> ConnectAsync(string domain, ServiceKind service, Func<IPEndPoint, bool>? isOpen, CancellationToken cancellationToken)
    {
        var steps = new List<LookupStep>();
        using var deadline = new CancellationTokenSource(options.ConnectDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var location = await locator.LocateAsync(domain, service, either.Token);
            steps.AddRange(location.Steps);
            return location.Outcome switch
            {
                LocationOutcome.Found => await ConnectAsync(location.Targets, steps, isOpen, either.Token),
                LocationOutcome.Unknown => ServerConnection.Failed(ConnectFailure.RemoteServerTimeout, steps),
                _ => ServerConnection.Failed(ConnectFailure.RemoteServerNotFound, steps),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PastDeadline(domain, steps);
        }
    }

    /// <summary>Connects to one of several hosts: those that a connection has left on which no stream came about.</summary>
    /// <param name="targets">The hosts, in order.</param>
    /// <param name="within">What is left of <see cref="FederationOptions.ConnectDeadline"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<ServerConnection> ConnectAsync(IReadOnlyList<ServerTarget> targets, TimeSpan within, CancellationToken cancellationToken)
    {
        var steps = new List<LookupStep>();
        using var deadline = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await ConnectAsync(targets, steps, null, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PastDeadline("all", steps);
        }
    }

    private ServerConnection PastDeadline(string what, List<LookupStep> steps)
    {
        steps.Add(new LookupStep(what, $"not reached within {options.ConnectDeadline.TotalSeconds:0.###} s"));
        return ServerConnection.Failed(ConnectFailure.RemoteServerTimeout, steps);
    }

    private async ValueTask<ServerConnection> ConnectAsync(
        IReadOnlyList<ServerTarget> targets, List<LookupStep> steps, Func<IPEndPoint, bool>? isOpen, CancellationToken cancellationToken)
    {
        var isCertain = true;
        for (var i = 0; i < targets.Count; i++)
        {
            using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                var found = await locator.AddressesAsync(targets[i], either.Token);
                steps.AddRange(found.Steps);
                isCertain &= found.IsCertain || found.Addresses.Count > 0;
                var allowed = Allowed(targets[i], found.Addresses, steps);
                if (isOpen is not null && allowed.Find(endPoint => isOpen(endPoint)) is { } open)
                {
                    return ServerConnection.IsAt(targets[i], open, steps);
                }

                var (connection, address, timedOut) = await race.RunAsync(allowed, steps, either.Token);
                if (connection is not null)
                {
                    return ServerConnection.To(targets[i], address!, connection, [.. targets.Skip(i + 1)], steps);
                }

                isCertain &= !timedOut;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                isCertain = false;
                steps.Add(new LookupStep(targets[i].ToString(), $"no answer within {options.ConnectTimeout.TotalSeconds:0.###} s"));
            }
        }

        return ServerConnection.Failed(isCertain ? ConnectFailure.RemoteServerNotFound : ConnectFailure.RemoteServerTimeout, steps);
    }

    private List<IPEndPoint> Allowed(ServerTarget target, IReadOnlyList<IPAddress> addresses, List<LookupStep> steps)
    {
        var allowed = new List<IPEndPoint>();
        foreach (var address in addresses)
        {
            var endPoint = new IPEndPoint(address, target.Port);
            if (target.Port != 0 && policy.Allows(address))
            {
                allowed.Add(endPoint);
            }
            else
            {
                steps.Add(new LookupStep(endPoint.ToString(), "not allowed (Federation:AllowPrivateAddresses)"));
            }
        }

        return allowed;
    }
}
