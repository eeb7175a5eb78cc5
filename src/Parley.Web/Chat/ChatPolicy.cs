using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Parley.Web.Chat;

/// <summary>The headers that keep the chat's page to itself: its own scripts, its own server, no frame around it, no word of it to other sites.</summary>
internal static class ChatPolicy
{
    // Converse.js adds a style element for each of its parts that once had one: empty at first, and then with a remark about source maps, the same in all.
    private const string EmptyStyle = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
    private const string RemarkStyle = "'sha256-JRf3eZJIF59VkE1tlxlBPiCQXjGJ1uE88pEYh49RtTY='";

    /// <summary>
    /// Style sheets come from the server alone. Style attributes are allowed: Converse.js writes the colour of each person's initials, sizes and the like into them,
    /// so their hashes cannot be known. They can change how the page looks, and neither run nor load anything that the other rules refuse.
    /// </summary>
    private const string Rules =
        "default-src 'none'; script-src 'self'; "
        + $"style-src 'self' {EmptyStyle} {RemarkStyle}; style-src-attr 'unsafe-inline'; "
        + "img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'";

    internal static void ApplyToPage(HttpContext context)
    {
        ApplyToFile(context);
        context.Response.Headers.ContentSecurityPolicy = Rules + WebSockets(context.Request.Host);
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        context.Response.Headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
    }

    internal static void ApplyToFile(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    // To old Safaris 'self' is http and https alone. The host is what a client says: nothing else of the policy may be said with it.
    private static string WebSockets(HostString host) =>
        host.HasValue && host.Value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '[' or ']') ? $" ws://{host.Value} wss://{host.Value}" : "";
}
