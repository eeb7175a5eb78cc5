using Microsoft.Extensions.Diagnostics.HealthChecks;
using Parley.Server.Connections;

namespace Parley.Web.Health;

/// <summary>Whether streams are accepted: no longer once the server is told to stop.</summary>
internal sealed class StreamHealth(OpenStreams streams) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(streams.IsClosing ? HealthCheckResult.Unhealthy("The server is stopping.") : HealthCheckResult.Healthy());
}
