using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;

namespace Parley.Server.Connections;

/// <summary>The names that this server is known by over HTTP, none of which somebody else can have resolve to it.</summary>
/// <remarks>
/// IP addresses, for no name is resolved; <c>localhost</c> and what ends with it, which browsers take for loopback (RFC 6761 §6.3); the hosted domains, the hosts of
/// <see cref="WebOptions.AllowedOrigins"/>, and <see cref="WebOptions.Names"/>.
/// </remarks>
public sealed class OwnNames
{
    private const string Localhost = "localhost";
    private readonly HashSet<string> _names;

    public OwnNames(IOptions<XmppServerOptions> server, IOptions<WebOptions> web, AllowedOrigins origins)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(web);
        ArgumentNullException.ThrowIfNull(origins);
        _names = [.. server.Value.Domains.Concat(web.Value.Names).Select(Normalize), .. origins.Named.Select(static origin => Normalize(new Uri(origin).Host))];
    }

    /// <summary>Whether a request means this server: true too when it names none, as no browser does.</summary>
    public bool Contain(HostString host)
    {
        if (!host.HasValue)
        {
            return true;
        }

        var name = Normalize(host.Host);
        return name == Localhost
            || name.EndsWith($".{Localhost}", StringComparison.Ordinal)
            || IPAddress.TryParse(name, out _)
            || _names.Contains(name);
    }

    // As browsers write it: in ASCII and lower case. The dot at the end says only that nothing is to be added.
    private static string Normalize(string name)
    {
        var plain = name.EndsWith('.') ? name[..^1] : name;
        return Uri.TryCreate($"http://{plain}", UriKind.Absolute, out var uri) && uri.Host.Length > 0 ? uri.IdnHost.ToLowerInvariant() : plain;
    }
}
