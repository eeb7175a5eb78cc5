using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;

namespace Parley.Web.Chat;

/// <summary>One file of the web chat. Of its content only what compresses is kept in memory, compressed, once somebody has asked for it.</summary>
internal sealed class ChatFile
{
    // What fits into one packet gains nothing.
    private const long MinCompressed = 1400;
    private static readonly FileExtensionContentTypeProvider ContentTypes = new();
    private readonly Func<Stream> _open;
    private readonly Lazy<byte[]?> _gzip;

    internal ChatFile(string path, Func<Stream> open)
    {
        _open = open;
        _gzip = new Lazy<byte[]?>(Compress);
        ContentType = TypeOf(path);
        using var content = open();
        Length = content.Length;
        Digest = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
    }

    /// <summary>Bytes, not compressed.</summary>
    internal long Length { get; }

    /// <summary>What names this content and no other.</summary>
    internal string Digest { get; }

    internal string ContentType { get; }

    /// <summary>The content under gzip; null where that would not be smaller.</summary>
    internal byte[]? Gzip => _gzip.Value;

    internal Stream Open() => _open();

    private static string TypeOf(string path) =>
        !ContentTypes.TryGetContentType(path, out var type) ? "text/plain; charset=utf-8"
        : type.StartsWith("text/", StringComparison.Ordinal) || type is "application/json" ? $"{type}; charset=utf-8"
        : type;

    private byte[]? Compress()
    {
        if (Length < MinCompressed)
        {
            return null;
        }

        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        using (var content = _open())
        {
            content.CopyTo(gzip);
        }

        return compressed.Length < Length ? compressed.ToArray() : null;
    }
}
