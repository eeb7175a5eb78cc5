using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Federation;
using Parley.Server.Routing;
using Parley.Server.Sessions.Components;
using Parley.Server.Sessions.Management;
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
    ComponentTable components,
    OpenStreams streams,
    RemoteServers remotes,
    SavedSessions saved,
    ServerMeters meters,
    IHostApplicationLifetime lifetime,
    ILogger<XmppServer> logger) : IHostedService
{
    private CancellationTokenRegistration _stopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var domain in options.Value.DomainJids)
        {
            domains.TryAdd(domain, new HostedDomain(domain, iqs, messages, registry, sessions));
        }

        foreach (var component in components.All)
        {
            domains.TryAdd(component.Domain, component);
        }

        meters.ObserveQueues(() => streams.Sum(stream => (long)stream.Output.PendingCount));

        WarnOfInsecurity(options.Value);

        await saved.RestoreAsync(cancellationToken);

        // Before the web server stops and cuts the connections.
        _stopping = lifetime.ApplicationStopping.Register(() => streams.TerminateAll(new StreamException(StreamErrorCondition.SystemShutdown)));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.DisposeAsync();
        try
        {
            await streams.AllEndedAsync(cancellationToken);
        }
        finally
        {
            // Even when the time is over: what waits for a client may be nowhere else.
            using var grace = new CancellationTokenSource();
            using var over = cancellationToken.Register(() => grace.CancelAfter(options.Value.CloseTimeout));
            await TellSendersAsync(grace.Token);
            await saved.SaveAsync(grace.Token);
        }
    }

    // What has not left for other servers: sessions that are to be saved take the errors with them.
    private async Task TellSendersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await remotes.StopAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // A store that takes too long: what clients hold is still to be saved.
        }
    }

    private void WarnOfInsecurity(XmppServerOptions insecure)
    {
        if (insecure.AllowInsecure)
        {
            Log.Insecure(logger, "clients may send passwords and messages without TLS (AllowInsecure, --allow-insecure)");
        }

        if (!insecure.RateLimits)
        {
            Log.Insecure(logger, "clients are neither slowed down nor kept from guessing passwords (RateLimits, --no-rate-limits)");
        }

        if (insecure.WireLog)
        {
            Log.Insecure(logger, "the log shows what people write (WireLog, --wire-log)");
        }
    }
}
