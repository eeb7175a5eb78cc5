using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Host.Configuration;
using Parley.Server.Connections;
using Parley.Web.Chat;

namespace Parley.Host.Serving;

/// <summary>What is at which path of the web.</summary>
internal static class WebSite
{
    private static readonly string[] Readers = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps it all; nothing where no port is for the web.</summary>
    /// <exception cref="ConfigurationException">A folder cannot be served, or nobody is trusted to say who clients are.</exception>
    internal static void Map(WebApplication application, HostSettings settings, IReadOnlyList<Listener> listeners)
    {
        CheckProxies(application, settings);
        if (listeners.All(static listener => listener.Kind.IsXmpp))
        {
            return;
        }

        application.UseTrustedProxies();
        application.UseRouting();
        application.MapXmppWebSocket();
        application.MapHostMeta();
        application.MapXmppHealth();
        application.MapMetrics();
        application.MapBosh();
        application.MapWebChat(ChatAddress.Path);
        if (settings.CrossDomain)
        {
            application.MapCrossDomain();
        }

        foreach (var (path, folder) in settings.Www)
        {
            CheckFolder(path, folder, settings);
            application.MapFolder(path, folder, options => options.Listing = settings.WwwListing);
        }

        if (!settings.Www.ContainsKey("/") && application.Services.GetRequiredService<IOptions<ChatOptions>>().Value.Enabled)
        {
            LeadToChat(application);
        }
    }

    // Who types the address without a path finds the chat, also below the prefix that a proxy may put before all paths. Not for ever: a folder may come to be served there.
    private static void LeadToChat(WebApplication application) => application.MapMethods("/", Readers, static context =>
    {
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = "." + ChatAddress.Path;
        context.Response.Headers.CacheControl = "no-cache";
        return Task.CompletedTask;
    });

    private static void CheckProxies(WebApplication application, HostSettings settings)
    {
        if (settings.ProxyProtocol && application.Services.GetRequiredService<TrustedProxies>().Networks.Count == 0)
        {
            throw new ConfigurationException(
                $"{Setting.Name(nameof(settings.ProxyProtocol))}: nobody is trusted to use it; {Setting.Name("Web:TrustedProxies")} takes the proxies.");
        }
    }

    private static void CheckFolder(string path, string folder, HostSettings settings)
    {
        var key = Setting.Name(nameof(settings.Www));
        if (!FolderEndpointRouteBuilderExtensions.IsPath(path))
        {
            throw new ConfigurationException($"{key}: '{path}' is no path to serve a folder at; it takes one such as / or /files.");
        }

        if (!Directory.Exists(folder))
        {
            throw new ConfigurationException($"{key}: there is no folder '{folder}'.");
        }

        if (Inside(settings.Data, folder))
        {
            throw new ConfigurationException($"{key}: '{folder}' holds the data directory '{settings.Data}', which is nobody's to read.");
        }
    }

    private static bool Inside(string inner, string outer) =>
        (Path.GetFullPath(inner) + Path.DirectorySeparatorChar).StartsWith(
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(outer)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
