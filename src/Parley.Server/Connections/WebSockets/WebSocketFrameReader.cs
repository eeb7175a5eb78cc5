using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Parley.Server.Connections.WebSockets;

/// <summary>Cuts what a client sends into frames (RFC 6455 §5.2), resumable at any byte; the payload is unmasked where it lies.</summary>
/// <remarks>It refuses what no frame may be as soon as the byte is there that shows it. Which frames may follow which is <see cref="WebSocketMessageReader"/>'s to know.</remarks>
/// <param name="allowsCompression">Whether permessage-deflate was agreed upon, and RSV1 has a meaning.</param>
public sealed class WebSocketFrameReader(bool allowsCompression)
{
    /// <summary>Bytes that the payload of a control frame may have (RFC 6455 §5.5).</summary>
    public const int MaxControlPayload = 125;

    private const int MaxHeader = 2 + sizeof(ulong) + WebSocketMask.Length;
    private const byte Length16 = 126;
    private const byte Length64 = 127;
    private Header _header;
    private int _headerBytes;
    private bool _isInPayload;
    private bool _isBroken;
    private long _length;
    private long _taken;
    private WebSocketMask _mask;

    /// <summary>Whether a frame has begun and has not ended.</summary>
    public bool HasPartial => _headerBytes > 0;

    private WebSocketOpcode Opcode => (WebSocketOpcode)(_header[0] & 0x0F);

    private bool IsFinal => (_header[0] & 0x80) != 0;

    private bool IsCompressed => (_header[0] & 0x40) != 0;

    private bool IsControl => (_header[0] & 0x08) != 0;

    /// <summary>Takes the next part of a frame off the front of <paramref name="input"/>.</summary>
    /// <param name="input">The bytes received; what is consumed is cut off its front, and is not as it was any more.</param>
    /// <param name="part">The part, a slice of the input.</param>
    /// <returns>False when all input is consumed, and no part is there.</returns>
    /// <exception cref="WebSocketException">The frame breaks a rule; from then on so does everything.</exception>
    public bool Read(scoped ref Span<byte> input, out WebSocketFramePart part)
    {
        part = default;
        if (_isBroken)
        {
            throw Broken("What follows a broken frame is none.");
        }

        if (!_isInPayload && !TakeHeader(ref input))
        {
            return false;
        }

        if (input.IsEmpty && _length > 0)
        {
            return false;
        }

        var count = (int)Math.Min(_length - _taken, input.Length);
        var payload = input[..count];
        input = input[count..];
        _mask.Apply(payload, _taken);
        part = new WebSocketFramePart
        {
            Opcode = Opcode,
            IsFinal = IsFinal,
            IsCompressed = IsCompressed,
            FrameLength = _length,
            IsFirst = _taken == 0,
            IsLast = _taken + count == _length,
            Payload = payload,
        };
        _taken += count;
        if (part.IsLast)
        {
            _isInPayload = false;
            _headerBytes = 0;
        }

        return true;
    }

    private bool TakeHeader(scoped ref Span<byte> input)
    {
        while (true)
        {
            var needed = NeededForHeader();
            var count = Math.Min(needed - _headerBytes, input.Length);
            input[..count].CopyTo(_header[_headerBytes..]);
            _headerBytes += count;
            input = input[count..];
            if (_headerBytes < needed)
            {
                return false;
            }

            if (needed > 2)
            {
                Begin(_header[2..needed]);
                return true;
            }

            CheckBeginning();
        }
    }

    // Two bytes tell how long the header is.
    private int NeededForHeader() => _headerBytes < 2 ? 2 : 2 + WebSocketMask.Length + (_header[1] & 0x7F) switch
    {
        Length16 => sizeof(ushort),
        Length64 => sizeof(ulong),
        _ => 0,
    };

    private void CheckBeginning()
    {
        const byte reserved = 0x30;
        if ((_header[0] & reserved) != 0)
        {
            throw Broken("A reserved bit is set.");
        }

        if (IsCompressed && (!allowsCompression || IsControl || Opcode == WebSocketOpcode.Continuation))
        {
            throw Broken("RSV1 has no meaning here.");
        }

        if (Opcode is not (WebSocketOpcode.Continuation or WebSocketOpcode.Text or WebSocketOpcode.Binary
            or WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong))
        {
            throw Broken("The opcode is unknown.");
        }

        if (IsControl && (!IsFinal || (_header[1] & 0x7F) > MaxControlPayload))
        {
            throw Broken("A control frame is whole, and has 125 bytes at most.");
        }

        if ((_header[1] & 0x80) == 0)
        {
            throw Broken("A client masks what it sends.");
        }
    }

    private void Begin(ReadOnlySpan<byte> rest)
    {
        var extended = rest[..^WebSocketMask.Length];
        var length = extended.Length switch
        {
            0 => (ulong)(_header[1] & 0x7F),
            sizeof(ushort) => BinaryPrimitives.ReadUInt16BigEndian(extended),
            _ => BinaryPrimitives.ReadUInt64BigEndian(extended),
        };

        // The shortest form is the only one (RFC 6455 §5.2).
        if (length > long.MaxValue
            || (extended.Length == sizeof(ushort) && length < Length16)
            || (extended.Length == sizeof(ulong) && length <= ushort.MaxValue))
        {
            throw Broken("The length is not in its form.");
        }

        _length = (long)length;
        _taken = 0;
        _mask = new WebSocketMask(rest[^WebSocketMask.Length..]);
        _isInPayload = true;
    }

    private WebSocketException Broken(string text)
    {
        _isBroken = true;
        return new(WebSocketCloseCode.ProtocolError, text);
    }

    [InlineArray(MaxHeader)]
    private struct Header
    {
        private byte _first;
    }
}
