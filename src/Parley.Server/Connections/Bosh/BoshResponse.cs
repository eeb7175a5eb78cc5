using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Parley.Server.Connections.Bosh;

/// <summary>An answer as an HTTP response.</summary>
internal static class BoshResponse
{
    private const int CompressedFrom = 1024;
    private const string DefaultContent = "text/xml; charset=utf-8";

    // What is in an answer may come from anybody, and a client chooses its type: it must never run as a page of this origin.
    private static readonly StringValues Policy = "default-src 'none'; sandbox; frame-ancestors 'none'";

    /// <summary>Has browsers take the response for data, whatever its type.</summary>
    internal static void Confine(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = Policy;
    }

    /// <summary>Writes an answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="content">The Content-Type that the session's client wants; null for the usual one.</param>
    /// <param name="mayCompress">Whether it may be compressed, if the request takes that.</param>
    internal static Task WriteAsync(HttpContext context, BoshAnswer answer, string? content, bool mayCompress)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = content ?? DefaultContent;
        response.Headers.CacheControl = "no-store";
        Confine(response);
        if (mayCompress && answer.Body.Length >= CompressedFrom && TakesGzip(context.Request))
        {
            return WriteCompressedAsync(response, answer.Body, context.RequestAborted);
        }

        response.ContentLength = answer.Body.Length;
        response.BodyWriter.Write(answer.Body);
        return response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }

    private static async Task WriteCompressedAsync(HttpResponse response, byte[] body, CancellationToken cancellationToken)
    {
        using var compressed = new MemoryStream(body.Length / 2);
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(body, cancellationToken);
        }

        response.Headers.ContentEncoding = "gzip";
        response.ContentLength = compressed.Length;
        await response.Body.WriteAsync(compressed.GetBuffer().AsMemory(0, (int)compressed.Length), cancellationToken);
    }

    private static bool TakesGzip(HttpRequest request)
    {
        var accepted = request.Headers.AcceptEncoding;
        if (accepted.Count == 0 || !StringWithQualityHeaderValue.TryParseList(accepted, out var values))
        {
            return false;
        }

        var named = values.FirstOrDefault(static value => value.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase))
            ?? values.FirstOrDefault(static value => value.Value == "*");
        return named is not null && named.Quality is not 0;
    }
}
