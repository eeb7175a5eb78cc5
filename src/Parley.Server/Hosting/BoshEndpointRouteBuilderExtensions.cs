using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections.Bosh;
using Parley.Server.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves XMPP over plain HTTP requests from an ASP.NET Core application.</summary>
public static class BoshEndpointRouteBuilderExtensions
{
    /// <summary>Client streams over BOSH (XEP-0124, XEP-0206).</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path.</param>
    public static IEndpointConventionBuilder MapBosh(this IEndpointRouteBuilder endpoints, string pattern = "/http-bind")
    {
        var bosh = endpoints.ServiceProvider.GetRequiredService<BoshEndpoint>();
        return endpoints.Map(pattern, bosh.InvokeAsync).WithMetadata(AlternativeConnection.Bosh);
    }
}
