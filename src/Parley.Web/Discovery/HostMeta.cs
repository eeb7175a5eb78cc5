using System.Text.Json;
using System.Xml;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;

namespace Parley.Web.Discovery;

/// <summary>Where clients connect to other than by TCP (XEP-0156 1.4.0), in the two formats of RFC 6415.</summary>
/// <remarks>
/// Named are the endpoints that are mapped (<see cref="AlternativeConnection"/>), at the host and port that the request was sent to; a trusted proxy says which those are.
/// Only addresses under TLS may be published (§3.2), so a request without TLS is told of those alone that the options fix.
/// </remarks>
internal sealed class HostMeta(IOptions<HostMetaOptions> options)
{
    // What a request says of its host is no other's to get: a cache may know a request by less than that (X-Forwarded-Host).
    private const string OfRequest = "private, max-age=300";
    private const string Fixed = "public, max-age=300";
    private const string XrdNamespace = "http://docs.oasis-open.org/ns/xri/xrd-1.0";
    private static readonly XmlWriterSettings XmlSettings = new() { Async = true, Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };

    /// <summary>Answers with XRD.</summary>
    internal async Task WriteXrdAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await using (var xml = XmlWriter.Create(body, XmlSettings))
        {
            await xml.WriteStartElementAsync(null, "XRD", XrdNamespace);
            foreach (var (relation, address) in Links(context))
            {
                await xml.WriteStartElementAsync(null, "Link", XrdNamespace);
                await xml.WriteAttributeStringAsync(null, "rel", null, relation);
                await xml.WriteAttributeStringAsync(null, "href", null, address);
                await xml.WriteEndElementAsync();
            }

            await xml.WriteEndElementAsync();
        }

        await WriteAsync(context, "application/xrd+xml; charset=utf-8", body.ToArray());
    }

    /// <summary>Answers with JRD.</summary>
    internal Task WriteJrdAsync(HttpContext context) => WriteAsync(
        context,
        "application/json; charset=utf-8",
        JsonSerializer.SerializeToUtf8Bytes(new { links = Links(context).Select(static link => new { rel = link.Relation, href = link.Address }) }));

    private Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        // Pages of all origins may read these two documents, and for that reason no others (§4).
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = options.Value is { WebSocketAddress: not null, BoshAddress: not null } ? Fixed : OfRequest;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
    }

    private IEnumerable<(string Relation, string Address)> Links(HttpContext context)
    {
        // All of the application, also those that were mapped later.
        var request = context.Request;
        foreach (var endpoint in context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<AlternativeConnection>() is not { } connection)
            {
                continue;
            }

            var published = connection == AlternativeConnection.WebSocket ? options.Value.WebSocketAddress : options.Value.BoshAddress;
            if (published is not null || (request.IsHttps && request.Host.HasValue))
            {
                var path = request.PathBase.Add("/" + endpoint.RoutePattern.RawText?.TrimStart('/')).ToUriComponent();
                yield return (connection.Relation, published ?? $"{connection.Scheme}://{request.Host.ToUriComponent()}{path}");
            }
        }
    }
}
