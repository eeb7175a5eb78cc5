using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Hosting;

/// <summary>Takes the hosted domains when the application starts, and ends every stream with system-shutdown when it stops (RFC 6120 §4.9.3.19).</summary>
internal sealed class XmppServer(
    IOptions<XmppServerOptions> options,
    DomainTable domains,
    ModuleRegistry registry,
    IqDispatcher iqs,
    MessageDelivery messages,
    SessionDirectory sessions,
    OpenStreams streams,
    ServerMeters meters,
    IHostApplicationLifetime lifetime) : IHostedService
{
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var domain in options.Value.DomainJids)
        {
            domains.TryAdd(domain, new HostedDomain(domain, iqs, messages, registry, sessions));
        }

        meters.ObserveQueues(() => streams.Sum(stream => (long)stream.Output.PendingCount));

        // Before the web server stops and cuts the connections.
        _stopping = lifetime.ApplicationStopping.Register(() => streams.TerminateAll(new StreamException(StreamErrorCondition.SystemShutdown)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.DisposeAsync();
        await streams.AllEndedAsync(cancellationToken);
    }
}
