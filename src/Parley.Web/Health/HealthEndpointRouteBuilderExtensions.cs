using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Tells a supervisor or a load balancer whether the server is fit.</summary>
public static class HealthEndpointRouteBuilderExtensions
{
    /// <summary>The tag of the checks that are asked.</summary>
    internal const string Tag = "xmpp";

    /// <summary>Maps an address that answers 200 when the store answers and streams are accepted, else 503; with a short JSON that says why. Other checks join by the tag <c>xmpp</c>.</summary>
    public static IEndpointConventionBuilder MapXmppHealth(this IEndpointRouteBuilder endpoints, string pattern = "/health") =>
        endpoints.MapHealthChecks(pattern, new HealthCheckOptions
        {
            Predicate = static check => check.Tags.Contains(Tag),
            ResponseWriter = WriteAsync,
        }).WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            status = report.Status == HealthStatus.Healthy ? "ok" : "failing",
            checks = report.Entries.ToDictionary(static entry => entry.Key, static entry => entry.Value.Description ?? "ok", StringComparer.Ordinal),
        });
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
    }
}
