using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Web.CrossDomain;

namespace Microsoft.AspNetCore.Builder;

/// <summary>For clients that run in Flash.</summary>
public static class CrossDomainEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps <c>/crossdomain.xml</c>, which lets the allowed origins in. Only where such clients are still used: it is an invitation to the whole host.</summary>
    public static IEndpointConventionBuilder MapCrossDomain(this IEndpointRouteBuilder endpoints)
    {
        var policy = endpoints.ServiceProvider.GetRequiredService<CrossDomainPolicy>();
        return endpoints.MapMethods("/crossdomain.xml", Methods, context =>
        {
            context.Response.ContentType = "text/x-cross-domain-policy";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.ContentLength = policy.Document.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(policy.Document).AsTask();
        });
    }
}
