using System.Buffers;
using System.Diagnostics;

namespace Parley.Server.Connections.WebSockets;

/// <summary>What arrives on a WebSocket. While nothing does, no buffer is held.</summary>
/// <param name="stream">The bytes.</param>
/// <param name="messages">What makes messages of them.</param>
internal sealed class WebSocketReceiver(Stream stream, WebSocketMessageReader messages) : IDisposable
{
    private const int BufferSize = 16 * 1024;
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>How long a message may be in bytes.</summary>
    internal int MaxBytes
    {
        set => messages.MaxBytes = value;
    }

    /// <summary>Whether a message or frame has begun and has not ended.</summary>
    internal bool HasPartial => messages.HasPartial;

    /// <summary>Waits for bytes. All those before have been taken.</summary>
    /// <returns>How many have come; zero at the end of the connection.</returns>
    internal async ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        // Completes as soon as there is something to read, and reads nothing.
        var nothing = await stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
        Debug.Assert(nothing == 0, "No buffer was given.");
        _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var count = await stream.ReadAsync(_buffer, cancellationToken);
            (_start, _end) = (0, count);
            return count;
        }
        finally
        {
            if (_end == 0)
            {
                Release();
            }
        }
    }

    /// <summary>Takes the next message or control frame of what has arrived.</summary>
    /// <param name="payload">Its payload, valid until the next call.</param>
    /// <exception cref="WebSocketException">The framing is broken, or a message too big.</exception>
    internal WebSocketInput Next(out ReadOnlySpan<byte> payload)
    {
        var input = _buffer.AsSpan(_start, _end - _start);
        try
        {
            var found = messages.Read(ref input, out payload);
            if (found == WebSocketInput.NeedMore)
            {
                Release();
            }

            return found;
        }
        finally
        {
            _start = Math.Max(_end - input.Length, 0);
        }
    }

    /// <summary>Drops what arrives until the peer closes.</summary>
    /// <returns>The payload of its close frame; null when the connection ended without.</returns>
    internal async ValueTask<byte[]?> ReadToCloseAsync(CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                if (DropToClose() is { } close)
                {
                    return close;
                }
            }
            while (await FillAsync(cancellationToken) > 0);
        }
        catch (WebSocketException)
        {
            // Nobody knows where a close frame would begin.
        }

        return null;
    }

    public void Dispose()
    {
        Release();
        messages.Dispose();
    }

    private byte[]? DropToClose()
    {
        var input = _buffer.AsSpan(_start, _end - _start);
        var close = messages.ReadClose(ref input, out var payload) ? payload.ToArray() : null;
        Release();
        return close;
    }

    private void Release()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }

        _start = _end = 0;
    }
}
