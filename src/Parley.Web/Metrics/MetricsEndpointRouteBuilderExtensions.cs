using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Parley.Web.Metrics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The server's figures for Prometheus.</summary>
public static class MetricsEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Maps an address that answers with the figures of all meters of the process, in Prometheus' text format. Only clients on this machine may read it, and those of
    /// <see cref="MetricsOptions.Clients"/>; others get 403.
    /// </summary>
    public static IEndpointConventionBuilder MapMetrics(this IEndpointRouteBuilder endpoints, string pattern = "/metrics")
    {
        // Now: it counts from its beginning.
        var collector = endpoints.ServiceProvider.GetRequiredService<MeterCollector>();
        var clients = new NetworkList(endpoints.ServiceProvider.GetRequiredService<IOptions<MetricsOptions>>().Value.Clients);
        var security = endpoints.ServiceProvider.GetRequiredService<WebRequestSecurity>();
        return endpoints.MapMethods(pattern, Methods, context =>
        {
            if (!security.IsLocal(context) && !clients.Contains(security.ClientAddress(context)))
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                context.Response.ContentType = "text/plain; charset=utf-8";
                return context.Response.WriteAsync("Only clients on this machine, directly connected, may read this, and those that Metrics:Clients names.\n", context.RequestAborted);
            }

            var body = collector.Read(families => Encoding.UTF8.GetBytes(ExpositionWriter.Write(families, collector.Dropped)));
            context.Response.ContentType = ExpositionWriter.ContentType;
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.ContentLength = body.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
        });
    }
}
