using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;

namespace Parley.Web.Chat;

/// <summary>Answers requests for the page and the files of the web chat.</summary>
internal sealed class WebChat(IOptions<ChatOptions> options, IOptions<XmppServerOptions> server, WebRequestSecurity security, string path, IRoomServices? rooms = null)
{
    private const string ForEver = "public, max-age=31536000, immutable";
    private const string AskEachTime = "no-cache";
    private readonly Lazy<ChatFiles> _files = new(() => new ChatFiles(options.Value.Folder ?? ChatFiles.DefaultDirectory));

    internal async Task PageAsync(HttpContext context)
    {
        if (!options.Value.Enabled)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (context.Request.Path.Value is [.., _, '/'])
        {
            // Everything is relative to the address without the slash. So is this: what stands before it is a proxy's affair.
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = $"../{LastSegment}";
            return;
        }

        var settings = SettingsFor(context);
        var (status, html) = !_files.Value.HasConverse ? (StatusCodes.Status503ServiceUnavailable, ChatPage.NotBuilt(settings))
            : !server.Value.AllowInsecure && !security.IsSecure(context) ? (StatusCodes.Status403Forbidden, ChatPage.NotSecure(settings))
            : settings.WebSocket is null && settings.Bosh is null ? (StatusCodes.Status503ServiceUnavailable, ChatPage.NotConnected(settings))
            : (StatusCodes.Status200OK, ChatPage.Chat(settings));
        var page = Encoding.UTF8.GetBytes(html);
        ChatPolicy.ApplyToPage(context);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache, private";
        if (status != StatusCodes.Status200OK || !IsKnown(context, Convert.ToHexStringLower(SHA256.HashData(page).AsSpan(0, 16))))
        {
            await WriteAsync(context, page);
        }
    }

    internal async Task FileAsync(HttpContext context)
    {
        var name = (string?)context.GetRouteValue("file");
        if (!options.Value.Enabled || name is null || _files.Value.Find(name) is not { } file)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        // A page that is open since before an update asks for files by their old address: it gets today's, and nobody keeps them under that name.
        var isCurrent = (string?)context.GetRouteValue("revision") == _files.Value.Revision;
        ChatPolicy.ApplyToFile(context);
        context.Response.ContentType = file.ContentType;
        context.Response.Headers.CacheControl = isCurrent ? ForEver : AskEachTime;
        context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (IsKnown(context, file.Digest))
        {
            return;
        }

        if (TakesGzip(context.Request) && file.Gzip is { } compressed)
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await WriteAsync(context, compressed);
            return;
        }

        context.Response.ContentLength = file.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await using var content = file.Open();
            await content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }

    private string LastSegment => path[(path.LastIndexOf('/') + 1)..];

    // From the directory of the page to the root of the application.
    private string Up => string.Concat(Enumerable.Repeat("../", path.Count(static c => c == '/') - 1));

    private ChatSettings SettingsFor(HttpContext context)
    {
        var domains = server.Value.Domains;
        var domain = domains.FirstOrDefault(domain => domain.Equals(context.Request.Host.Host, StringComparison.OrdinalIgnoreCase)) ?? domains[0];
        var chat = options.Value;
        return new ChatSettings(
            chat.Title,
            domain,
            [.. domains],
            chat.WebSocket ? AddressOf(AlternativeConnection.WebSocket, context) : null,
            chat.Bosh ? AddressOf(AlternativeConnection.Bosh, context) : null,
            MayRegister(context),
            rooms?.Of(Jid.Parse(domain)).FirstOrDefault()?.ToString(),
            chat.Language,
            string.Create(CultureInfo.InvariantCulture, $"{LastSegment}/{_files.Value.Revision}/"));
    }

    private string? AddressOf(AlternativeConnection connection, HttpContext context) =>
        context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<AlternativeConnection>() == connection)
            .Select(endpoint => Up + endpoint.RoutePattern.RawText?.TrimStart('/'))
            .FirstOrDefault();

    // The server decides again when it is asked: this only spares visitors a form that would be refused.
    private bool MayRegister(HttpContext context) => server.Value.Registration switch
    {
        RegistrationPolicy.Open => true,
        RegistrationPolicy.Loopback => security.IsLocal(context),
        _ => false,
    };

    private static bool IsKnown(HttpContext context, string digest)
    {
        var tag = new EntityTagHeaderValue($"\"{digest}\"", isWeak: true);
        context.Response.GetTypedHeaders().ETag = tag;
        if (!context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    private static bool TakesGzip(HttpRequest request) => request.GetTypedHeaders().AcceptEncoding.Any(static encoding => encoding is { Value.Value: "gzip", Quality: not 0 });

    private static async Task WriteAsync(HttpContext context, byte[] content)
    {
        context.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }
}
