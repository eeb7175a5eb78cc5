using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;

namespace Parley.Server.Tests.Web;

/// <summary>A request as it is once the server's options have been applied to it.</summary>
internal static class WebRequest
{
    /// <summary>The services of a server with these options of the web.</summary>
    internal static ServiceProvider Services(Action<WebOptions>? configure = null, params string[] domains) => new ServiceCollection()
        .Configure(configure ?? (static _ => { }))
        .AddXmppServer(options =>
        {
            foreach (var domain in domains is [] ? ["example.org"] : domains)
            {
                options.Domains.Add(domain);
            }
        })
        .Services.BuildServiceProvider();

    /// <summary>Passes a request through <c>UseTrustedProxies</c>.</summary>
    /// <param name="services">The server's.</param>
    /// <param name="scheme">http or https.</param>
    /// <param name="from">The address at the connection's other end.</param>
    /// <param name="headers">Lines such as <c>X-Forwarded-For: 192.0.2.1</c>.</param>
    internal static async Task<HttpContext> ArrivesAsync(IServiceProvider services, string scheme, string from, params string[] headers)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Scheme = scheme;
        context.Request.Host = new HostString("chat.example.org", scheme == "https" ? 5443 : 5280);
        context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        context.Connection.RemotePort = 40000;
        foreach (var header in headers)
        {
            var (name, value) = header.Split(": ", 2) is [var before, var after] ? (before, after) : throw new FormatException(header);
            if (name == "Host")
            {
                context.Request.Host = new HostString(value);
                continue;
            }

            context.Request.Headers.Append(name, value);
        }

        var application = new ApplicationBuilder(services);
        application.UseTrustedProxies();
        application.Run(static _ => Task.CompletedTask);
        await application.Build()(context);
        return context;
    }
}
