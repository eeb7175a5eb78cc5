using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Web.Discovery;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Discovery of what clients connect to.</summary>
public static class HostMetaEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps <c>/.well-known/host-meta</c> and <c>/.well-known/host-meta.json</c> (XEP-0156): links to WebSocket and BOSH, where those are mapped.</summary>
    /// <remarks>The host's address is the domain's: served at <c>https://DOMAIN/</c>, or passed on from there.</remarks>
    public static IEndpointRouteBuilder MapHostMeta(this IEndpointRouteBuilder endpoints)
    {
        var document = new HostMeta(endpoints.ServiceProvider.GetRequiredService<IOptions<HostMetaOptions>>());
        endpoints.MapMethods("/.well-known/host-meta", Methods, document.WriteXrdAsync);
        endpoints.MapMethods("/.well-known/host-meta.json", Methods, document.WriteJrdAsync);
        return endpoints;
    }
}
