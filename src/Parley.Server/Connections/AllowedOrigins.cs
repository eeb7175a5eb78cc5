using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;

namespace Parley.Server.Connections;

/// <summary>Whose pages may speak XMPP from within a browser: <see cref="WebOptions.AllowedOrigins"/>, and the origin that the request itself is for (RFC 6454, RFC 7395 §3.10).</summary>
/// <remarks>A program that is no browser sends no origin, and is let in: this protects who is at a browser, not the server.</remarks>
public sealed class AllowedOrigins
{
    /// <summary>What stands for all origins.</summary>
    public const string All = "*";
    private readonly HashSet<string> _origins;

    public AllowedOrigins(IOptions<WebOptions> options)
    {
        var origins = options.Value.AllowedOrigins;
        AllowAll = origins.Contains(All);
        _origins = [.. origins.Where(static origin => origin != All).Select(static origin => Normalize(origin) ?? throw new FormatException($"'{origin}' is no origin."))];
    }

    /// <summary>Whether every origin is allowed, by <see cref="All"/>.</summary>
    public bool AllowAll { get; }

    /// <summary>The origins that are named, normalized.</summary>
    public IReadOnlyCollection<string> Named => _origins;

    /// <summary>Whether the page that made this request may: true too when no page did.</summary>
    /// <remarks>Sandboxed pages and those from files have the origin <c>null</c>, which only <c>*</c> lets in.</remarks>
    public bool Allow(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        return origin.Count switch
        {
            0 => true,
            1 => AllowAll || (Normalize(origin[0]) is { } named && (_origins.Contains(named) || named == Normalize($"{request.Scheme}://{request.Host}"))),
            _ => false,
        };
    }

    /// <summary>An origin as it is compared: scheme and host in lower case, and the port, also where it is the scheme's own; null for what is none.</summary>
    public static string? Normalize(string? origin)
    {
        // A browser sends neither a path nor a slash (RFC 6454 §6.2); people write one.
        return Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && uri is { UserInfo: "", Query: "", Fragment: "", Host: not "" }
            && uri.AbsolutePath is "" or "/"
            && origin!.StartsWith($"{uri.Scheme}://", StringComparison.OrdinalIgnoreCase)
            ? $"{uri.Scheme}://{uri.IdnHost.ToLowerInvariant()}:{uri.Port}"
            : null;
    }
}
