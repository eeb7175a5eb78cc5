using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Parley.Server.Connections.WebSockets;

/// <summary>What <see cref="WebSocketMessageReader.Read"/> found.</summary>
public enum WebSocketInput
{
    /// <summary>All input is consumed, and nothing is whole.</summary>
    NeedMore,

    /// <summary>A text message, proved to be UTF-8.</summary>
    Text,

    /// <summary>A ping, to be answered by a pong with the same payload (RFC 6455 §5.5.2).</summary>
    Ping,

    /// <summary>A pong: a sign of life.</summary>
    Pong,

    /// <summary>The peer closes; the payload is its code and reason, or empty (RFC 6455 §5.5.1). Nothing comes after it.</summary>
    Close,
}

/// <summary>Makes messages of what a client sends: joins fragments, inflates, and lets control frames pass between them (RFC 6455 §5.4).</summary>
/// <remarks>Holds memory of its own only for a message that did not arrive in one piece. Not for use by two threads at once.</remarks>
/// <param name="maxBytes">How long a message may be.</param>
/// <param name="allowsCompression">Whether permessage-deflate was agreed upon (RFC 7692).</param>
public sealed class WebSocketMessageReader(int maxBytes, bool allowsCompression = false) : IDisposable
{
    private readonly WebSocketFrameReader _frames = new(allowsCompression);
    private byte[] _message = [];
    private int _messageLength;
    private byte[] _control = [];
    private int _controlLength;
    private bool _isInMessage;
    private bool _isCompressed;
    private bool _isHandedOut;

    /// <summary>How long a message may be in bytes, inflated; a change applies to the message under way, too.</summary>
    public int MaxBytes { get; set; } = maxBytes;

    /// <summary>Whether a message or frame has begun and has not ended.</summary>
    public bool HasPartial => _isInMessage || _frames.HasPartial;

    /// <summary>Takes the next message or control frame off the front of <paramref name="input"/>.</summary>
    /// <param name="input">The bytes received; what is consumed is cut off its front, and is not as it was any more.</param>
    /// <param name="payload">The payload, valid until the next call: a slice of the input or, when it came in pieces, of the reader's buffer.</param>
    /// <exception cref="WebSocketException">1002, 1003, 1007 or 1009. Only <see cref="ReadClose"/> is of use afterwards.</exception>
    public WebSocketInput Read(scoped ref Span<byte> input, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (_isHandedOut)
        {
            Dispose();
        }

        while (_frames.Read(ref input, out var part))
        {
            if (part.Opcode >= WebSocketOpcode.Close)
            {
                if (TakeControl(part, out payload))
                {
                    return part.Opcode switch
                    {
                        WebSocketOpcode.Ping => WebSocketInput.Ping,
                        WebSocketOpcode.Pong => WebSocketInput.Pong,
                        _ => Closing(payload),
                    };
                }
            }
            else if (TakeData(part, out payload))
            {
                return Utf8.IsValid(payload)
                    ? WebSocketInput.Text
                    : throw new WebSocketException(WebSocketCloseCode.InvalidPayload, "The message is not UTF-8.");
            }
        }

        return WebSocketInput.NeedMore;
    }

    /// <summary>Drops everything but a close frame.</summary>
    /// <param name="input">The bytes received; what is consumed is cut off its front.</param>
    /// <param name="payload">The payload of the close frame.</param>
    /// <returns>False when all input is consumed, and none was there.</returns>
    /// <exception cref="WebSocketException">The framing is broken: there will be none.</exception>
    public bool ReadClose(scoped ref Span<byte> input, out ReadOnlySpan<byte> payload)
    {
        while (_frames.Read(ref input, out var part))
        {
            if (part.Opcode == WebSocketOpcode.Close && TakeControl(part, out payload))
            {
                Closing(payload);
                return true;
            }
        }

        payload = default;
        return false;
    }

    /// <summary>Gives back what the reader holds.</summary>
    public void Dispose()
    {
        if (_message.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_message);
            _message = [];
        }

        _messageLength = 0;
        _isHandedOut = false;
    }

    private bool TakeControl(WebSocketFramePart part, out ReadOnlySpan<byte> payload)
    {
        payload = part.Payload;
        if (part.IsFirst && part.IsLast)
        {
            return true;
        }

        if (part.IsFirst)
        {
            _control = new byte[part.FrameLength];
            _controlLength = 0;
        }

        part.Payload.CopyTo(_control.AsSpan(_controlLength));
        _controlLength += part.Payload.Length;
        payload = _control;
        if (part.IsLast)
        {
            _control = [];
        }

        return part.IsLast;
    }

    private static WebSocketInput Closing(ReadOnlySpan<byte> payload)
    {
        if (payload.Length == 1)
        {
            throw new WebSocketException(WebSocketCloseCode.ProtocolError, "A close frame has a whole code, or none.");
        }

        if (payload.Length > 0 && !MayBeSent(BinaryPrimitives.ReadUInt16BigEndian(payload)))
        {
            throw new WebSocketException(WebSocketCloseCode.ProtocolError, "The code of a close frame is none that may be sent.");
        }

        return payload.IsEmpty || Utf8.IsValid(payload[2..])
            ? WebSocketInput.Close
            : throw new WebSocketException(WebSocketCloseCode.InvalidPayload, "The reason of a close frame is not UTF-8.");
    }

    // RFC 6455 §7.4 and IANA's registry: 1004 to 1006 and 1015 are never sent; below 1000 and from 1016 to 2999 nothing is registered.
    private static bool MayBeSent(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    private bool TakeData(WebSocketFramePart part, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (part.IsFirst)
        {
            BeginFrame(part);
        }

        if (part.IsLast && part.IsFinal)
        {
            _isInMessage = false;
            payload = Complete(part.Payload);
            return true;
        }

        Gather(part.Payload);
        return false;
    }

    private void BeginFrame(WebSocketFramePart part)
    {
        if (_isInMessage != (part.Opcode == WebSocketOpcode.Continuation))
        {
            throw new WebSocketException(WebSocketCloseCode.ProtocolError, "A message continues until its last frame, and no other begins before.");
        }

        if (part.Opcode == WebSocketOpcode.Binary)
        {
            throw new WebSocketException(WebSocketCloseCode.UnsupportedData, "XMPP is text.");
        }

        if (!_isInMessage)
        {
            _isCompressed = part.IsCompressed;
        }

        _isInMessage = true;
        if (part.FrameLength > MaxBytes - _messageLength)
        {
            throw TooBig();
        }
    }

    private ReadOnlySpan<byte> Complete(Span<byte> last)
    {
        var isWhole = _messageLength == 0;
        if (!isWhole)
        {
            Gather(last);
            last = _message.AsSpan(0, _messageLength);
            _isHandedOut = true;
        }

        if (!_isCompressed)
        {
            return last;
        }

        var (inflated, length) = WebSocketDeflate.Inflate(last, MaxBytes);
        Dispose();
        (_message, _messageLength, _isHandedOut) = (inflated, length, true);
        return inflated.AsSpan(0, length);
    }

    // Grows with what arrives, not with what a header announces.
    private void Gather(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        var needed = _messageLength + bytes.Length;
        if (needed > MaxBytes)
        {
            throw TooBig();
        }

        if (needed > _message.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _message.Length * 2));
            _message.AsSpan(0, _messageLength).CopyTo(larger);
            if (_message.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_message);
            }

            _message = larger;
        }

        bytes.CopyTo(_message.AsSpan(_messageLength));
        _messageLength = needed;
    }

    private WebSocketException TooBig() => new(WebSocketCloseCode.MessageTooBig, $"A message has {MaxBytes} bytes at most.");
}
