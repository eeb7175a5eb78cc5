using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections;
using Parley.Server.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Believes proxies, as far as the operator does.</summary>
public static class TrustedProxiesApplicationBuilderExtensions
{
    /// <summary>Proxies in a row that are believed, at most.</summary>
    private const int MaxProxies = 8;

    /// <summary>Takes client, scheme and host of requests that come from <see cref="WebOptions.TrustedProxies"/> from X-Forwarded-For, -Proto and -Host. To be used before all that looks at them.</summary>
    public static IApplicationBuilder UseTrustedProxies(this IApplicationBuilder application)
    {
        var proxies = application.ApplicationServices.GetRequiredService<TrustedProxies>();
        if (proxies.Networks.Count == 0)
        {
            return application;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = MaxProxies,
        };

        // The framework's own defaults trust loopback.
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in proxies.Networks)
        {
            options.KnownIPNetworks.Add(network);
        }

        application.Use(next => context =>
        {
            if (context.Connection.RemoteIpAddress is { } address && proxies.Contains(address) && WebRequestSecurity.IsProxied(context))
            {
                context.Features.Set(new ProxiedRequest(address));
            }

            return next(context);
        });
        return application.UseForwardedHeaders(options);
    }
}
