using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Parley.Server.Connections.WebSockets;

/// <summary>A WebSocket as the handshake left it.</summary>
/// <param name="Stream">The bytes of the client, and those to it.</param>
/// <param name="IsCompressed">Whether permessage-deflate was agreed upon.</param>
/// <param name="HasConnection">Whether it has the connection for itself: over HTTP/2 it is one stream of several.</param>
internal readonly record struct AcceptedWebSocket(Stream Stream, bool IsCompressed, bool HasConnection);

/// <summary>The server's part of the opening handshake: over HTTP/1.1 (RFC 6455 §4.2) and over HTTP/2 (RFC 8441), for the subprotocol <c>xmpp</c> (RFC 7395 §3.1).</summary>
public sealed class WebSocketHandshake(AllowedOrigins origins, IOptions<XmppWebSocketOptions> options)
{
    private const string Version = "13";
    private const string Subprotocol = "xmpp";
    private const int KeyBytes = 16;

    // RFC 6455 §1.3.
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Accepts a request, or answers it with what is wrong.</summary>
    /// <returns>Null when it was answered.</returns>
    internal async Task<AcceptedWebSocket?> AcceptAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        var upgrade = context.Features.Get<IHttpUpgradeFeature>();
        var connect = context.Features.Get<IHttpExtendedConnectFeature>();
        var isConnect = connect is { IsExtendedConnect: true, Protocol: "websocket" };
        if (!isConnect && !(HttpMethods.IsGet(context.Request.Method) && upgrade?.IsUpgradableRequest == true && Names(headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase)))
        {
            await AnswerAsync(context, StatusCodes.Status200OK, "This is XMPP over WebSocket (RFC 7395): an XMPP client connects here.");
            return null;
        }

        if (headers.SecWebSocketVersion != Version)
        {
            context.Response.Headers.SecWebSocketVersion = Version;
            await AnswerAsync(context, StatusCodes.Status426UpgradeRequired, "This server speaks version 13 of WebSocket.");
            return null;
        }

        // Over HTTP/2 there is no key (RFC 8441 §5).
        if (!isConnect && !IsKey(headers.SecWebSocketKey))
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, "The Sec-WebSocket-Key is missing, or none.");
            return null;
        }

        if (!origins.Allow(context.Request))
        {
            await AnswerAsync(context, StatusCodes.Status403Forbidden, "Pages of this origin may not connect here: Web:AllowedOrigins does not name it.");
            return null;
        }

        if (!Names(headers.SecWebSocketProtocol, Subprotocol, StringComparison.Ordinal))
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, "A client has to offer the subprotocol 'xmpp' (RFC 7395).");
            return null;
        }

        var isCompressed = options.Value.Compression && DeflateOffer.IsIn(headers.SecWebSocketExtensions);
        context.Response.Headers.SecWebSocketProtocol = Subprotocol;
        if (isCompressed)
        {
            context.Response.Headers.SecWebSocketExtensions = DeflateOffer.Answer;
        }

        LiftLimits(context);
        if (isConnect)
        {
            return new(await connect!.AcceptAsync(), isCompressed, HasConnection: false);
        }

        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = Accept(headers.SecWebSocketKey.ToString());
        return new(await upgrade!.UpgradeAsync(), isCompressed, HasConnection: true);
    }

    // Those for requests and answers, which end: liveness of a stream and its limits are its own.
    private static void LiftLimits(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } requestRate)
        {
            requestRate.MinDataRate = null;
        }

        if (HttpProtocol.IsHttp11(context.Request.Protocol)
            && context.Features.Get<IHttpMinResponseDataRateFeature>() is { } responseRate)
        {
            responseRate.MinDataRate = null;
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    private static bool IsKey(StringValues key)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes + 2];
        return key.Count == 1 && Convert.TryFromBase64String(key.ToString(), bytes, out var count) && count == KeyBytes;
    }

    private static string Accept(string key) =>
#pragma warning disable CA5350 // The RFC's; it proves nothing but that WebSocket is spoken.
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptSuffix)));
#pragma warning restore CA5350

    private static bool Names(StringValues headers, string name, StringComparison comparison)
    {
        foreach (var header in headers)
        {
            if (header?.Split(',', StringSplitOptions.TrimEntries).Any(value => value.Equals(name, comparison)) == true)
            {
                return true;
            }
        }

        return false;
    }
}
