using System.Buffers;
using System.IO.Compression;

namespace Parley.Server.Connections.WebSockets;

/// <summary>permessage-deflate without context takeover (RFC 7692 §7): each message is compressed by itself, and nothing is kept between messages.</summary>
internal static class WebSocketDeflate
{
    // What the sender cut off its last block (RFC 7692 §7.2.2), and an empty last block, for an end that is missing counts as truncated.
    private static readonly byte[] Tail = [0x00, 0x00, 0xFF, 0xFF, 0x01, 0x00, 0x00, 0xFF, 0xFF];

    /// <summary>Inflates a message.</summary>
    /// <param name="compressed">Its bytes.</param>
    /// <param name="maxBytes">How long it may be inflated; no more is ever inflated.</param>
    /// <returns>An array of the shared pool, and how much of it is the message.</returns>
    /// <exception cref="WebSocketException">1009 when it is longer, 1007 when it is no such data.</exception>
    internal static (byte[] Array, int Length) Inflate(ReadOnlySpan<byte> compressed, int maxBytes)
    {
        using var input = new MemoryStream(compressed.Length + Tail.Length);
        input.Write(compressed);
        input.Write(Tail);
        input.Position = 0;
        using var inflater = new DeflateStream(input, CompressionMode.Decompress);
        var array = ArrayPool<byte>.Shared.Rent(Math.Min(maxBytes, Math.Max(512, compressed.Length * 4)) + 1);
        var length = 0;
        try
        {
            while (true)
            {
                var read = inflater.Read(array.AsSpan(length));
                if (read == 0)
                {
                    return (array, length);
                }

                length += read;
                if (length > maxBytes)
                {
                    throw new WebSocketException(WebSocketCloseCode.MessageTooBig, $"A message has {maxBytes} bytes at most, inflated.");
                }

                if (length == array.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(Math.Min(maxBytes + 1, length * 2));
                    array.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(array);
                    array = larger;
                }
            }
        }
        catch (InvalidDataException)
        {
            ArrayPool<byte>.Shared.Return(array);
            throw new WebSocketException(WebSocketCloseCode.InvalidPayload, "The message is not compressed as it says.");
        }
        catch (WebSocketException)
        {
            ArrayPool<byte>.Shared.Return(array);
            throw;
        }
    }

    /// <summary>Compresses a message.</summary>
    /// <returns>The bytes, without those that every message would end with (RFC 7692 §7.2.1).</returns>
    internal static byte[] Deflate(ReadOnlySpan<byte> message)
    {
        const int cutOff = 4;
        using var output = new MemoryStream(message.Length);
        using var deflater = new DeflateStream(output, CompressionLevel.Fastest);
        deflater.Write(message);
        deflater.Flush();
        return output.GetBuffer()[..((int)output.Length - cutOff)];
    }
}
