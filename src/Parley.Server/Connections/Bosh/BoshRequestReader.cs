using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Parley.Server.Connections.Bosh;

/// <summary>Reads the document of a request, of as many bytes as its session may send; the limit counts what compression makes of them.</summary>
internal sealed class BoshRequestReader(BoshSessions sessions, WebRequestSecurity security, BoshOptions options)
{
    /// <summary>Bytes of a request whose session is not known, or not authenticated.</summary>
    internal const int MaxBytesBefore = 16 * 1024;

    /// <summary>Reads a document, and hands it to <paramref name="receive"/>, whose it is until that returns.</summary>
    /// <exception cref="BoshException">The document is too large, or compressed in a way that is not known.</exception>
    internal async ValueTask<T> ReadAsync<T>(HttpRequest request, BoshDocumentHandler<T> receive, CancellationToken cancellationToken)
    {
        var encoding = request.Headers.ContentEncoding;
        if (encoding.Count == 0)
        {
            return await ReadAsync(request, request.BodyReader, receive, cancellationToken);
        }

        await using var inflated = Inflated(request.Body, encoding.ToString());
        var reader = PipeReader.Create(inflated, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            return await ReadAsync(request, reader, receive, cancellationToken);
        }
        catch (InvalidDataException)
        {
            throw new BoshException(BoshCondition.BadRequest);
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static Stream Inflated(Stream body, string encoding) => encoding.ToLowerInvariant() switch
    {
        "identity" => body,
        "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress, leaveOpen: true),
        "deflate" => new ZLibStream(body, CompressionMode.Decompress, leaveOpen: true),
        _ => throw new BoshException(BoshCondition.BadRequest),
    };

    private async ValueTask<T> ReadAsync<T>(HttpRequest request, PipeReader reader, BoshDocumentHandler<T> receive, CancellationToken cancellationToken)
    {
        var limit = MaxBytesBefore;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            try
            {
                if (buffer.Length > limit)
                {
                    limit = Larger(request, buffer);
                }

                if (result.IsCompleted)
                {
                    var outcome = Hand(buffer, receive);
                    reader.AdvanceTo(buffer.End);
                    return outcome;
                }
            }
            catch (BoshException)
            {
                // Else the web server, which passes over what is left, logs a fault for each request of this kind.
                reader.AdvanceTo(buffer.End);
                throw;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    // Whether so much may come depends on whose it is.
    private int Larger(HttpRequest request, in ReadOnlySequence<byte> begun)
    {
        var beginning = begun.Slice(0, MaxBytesBefore).ToArray();
        if (BoshBody.ReadTag(beginning) is not { HasSid: true } body)
        {
            throw new BoshException(BoshCondition.PolicyViolation);
        }

        if (sessions.Find(body.Sid) is not { } session)
        {
            throw new BoshException(BoshCondition.ItemNotFound);
        }

        if (session.IsAuthenticated && begun.Length <= options.MaxRequestBytes)
        {
            return options.MaxRequestBytes;
        }

        if (session.IsSecure && !security.IsSecure(request.HttpContext))
        {
            // The session must not suffer for it (XEP-0124 §19.1).
            throw new BoshException(BoshCondition.ItemNotFound);
        }

        // Told here, and on this request alone: its document is not looked at, and so not its place among the others, none of which waits for its answer to leave.
        var exchange = new BoshExchange(body);
        exchange.Decide(BoshAnswer.Terminal(BoshCondition.PolicyViolation, [], session.Terms.IsLegacy));
        session.Fail(exchange, BoshCondition.PolicyViolation);
        throw new BoshException(BoshCondition.PolicyViolation, session.Terms.IsLegacy);
    }

    private static T Hand<T>(in ReadOnlySequence<byte> buffer, BoshDocumentHandler<T> receive)
    {
        if (buffer.IsSingleSegment)
        {
            return receive(buffer.FirstSpan);
        }

        var length = (int)buffer.Length;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        buffer.CopyTo(copy);
        try
        {
            return receive(copy.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }
}

/// <summary>Takes a whole document, which is of use until it returns.</summary>
internal delegate T BoshDocumentHandler<out T>(ReadOnlySpan<byte> document);
