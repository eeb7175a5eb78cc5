using System.Buffers.Binary;
using System.IO.Compression;

namespace Parley.TestKit;

/// <summary>A client's end of a WebSocket: what is written at once is one text message, what is read is the text of the messages one behind the other (RFC 6455).</summary>
/// <remarks>Pings are answered, and so is a close frame, which ends the reading; what is no frame of a server's fails.</remarks>
internal sealed class ClientWebSocket(Stream inner) : Stream
{
    private const byte Continuation = 0;
    private const byte Text = 1;
    private const byte Closing = 8;
    private const byte Ping = 9;
    private const byte Pong = 10;
    private byte[] _message = [];
    private int _read;
    private bool _isClosed;

    /// <summary>The code of the server's close frame; null before it came, or where it had none.</summary>
    internal ushort? CloseCode { get; private set; }

    /// <summary>Whether compression was agreed upon.</summary>
    internal bool IsCompressed { get; set; }

    /// <summary>How many compressed messages have come.</summary>
    internal int CompressedMessages { get; private set; }

    /// <summary>How many pings have come.</summary>
    internal int Pings { get; private set; }

    /// <summary>The payload of the last pong that came; null before.</summary>
    internal byte[]? LastPong { get; private set; }

    /// <summary>Whether pings and close frames are answered.</summary>
    internal bool Answers { get; set; } = true;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(Frame(Text, buffer.Span), cancellationToken);

    /// <summary>Sends bytes that are frames already, or are to be none.</summary>
    internal ValueTask WriteBareAsync(ReadOnlyMemory<byte> bytes) => inner.WriteAsync(bytes);

    /// <summary>A frame as a client sends it.</summary>
    internal static byte[] Frame(byte opcode, ReadOnlySpan<byte> payload)
    {
        byte[] mask = [0x37, 0xFA, 0x21, 0x3D];
        var header = payload.Length < 126 ? 2 : payload.Length < 65536 ? 4 : 10;
        var frame = new byte[header + mask.Length + payload.Length];
        frame[0] = (byte)(0x80 | opcode);
        frame[1] = (byte)(0x80 | (header == 2 ? payload.Length : header == 4 ? 126 : 127));
        if (header == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }
        else if (header == 10)
        {
            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
        }

        mask.CopyTo(frame, header);
        for (var i = 0; i < payload.Length; i++)
        {
            frame[header + mask.Length + i] = (byte)(payload[i] ^ mask[i % mask.Length]);
        }

        return frame;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_read == _message.Length)
        {
            if (_isClosed ? !await DropAsync(cancellationToken) : !await ReadFrameAsync(cancellationToken))
            {
                return 0;
            }
        }

        var count = Math.Min(buffer.Length, _message.Length - _read);
        _message.AsSpan(_read, count).CopyTo(buffer.Span);
        _read += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Asynchronous only.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Asynchronous only.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // Behind a close frame nothing may come but the end of the connection.
    private async ValueTask<bool> DropAsync(CancellationToken cancellationToken) =>
        await inner.ReadAsync(new byte[1], cancellationToken) == 0 ? false : throw new IOException("Something came behind the close frame.");

    private async ValueTask<bool> ReadFrameAsync(CancellationToken cancellationToken)
    {
        var header = new byte[2];
        var count = await inner.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken);
        if (count == 0)
        {
            return false;
        }

        var opcode = (byte)(header[0] & 0x0F);
        var isCompressed = IsCompressed && opcode == Text && (header[0] & 0x40) != 0;
        if (count < 2 || (header[0] & 0xF0) != (isCompressed ? 0xC0 : 0x80) || (header[1] & 0x80) != 0 || opcode is Continuation)
        {
            throw new IOException($"{Convert.ToHexString(header)} is no frame of a server.");
        }

        var payload = new byte[await LengthAsync(header[1], cancellationToken)];
        await inner.ReadExactlyAsync(payload, cancellationToken);
        switch (opcode)
        {
            case Text:
                CompressedMessages += isCompressed ? 1 : 0;
                (_message, _read) = (isCompressed ? Inflate(payload) : payload, 0);
                break;
            case Ping:
                Pings++;
                await AnswerAsync(Pong, payload);
                break;
            case Pong:
                LastPong = payload;
                break;
            case Closing:
                _isClosed = true;
                CloseCode = payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : null;
                await AnswerAsync(Closing, payload);
                break;
            default:
                throw new IOException($"A frame with the opcode {opcode} came.");
        }

        return true;
    }

    // RFC 7692 §7.2.2, and an empty last block for the stream.
    private static byte[] Inflate(byte[] payload)
    {
        using var input = new MemoryStream([.. payload, 0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF]);
        using var inflater = new DeflateStream(input, CompressionMode.Decompress);
        using var output = new MemoryStream();
        inflater.CopyTo(output);
        return output.ToArray();
    }

    private async ValueTask<int> LengthAsync(byte first, CancellationToken cancellationToken)
    {
        if (first < 126)
        {
            return first;
        }

        var length = new byte[first == 126 ? 2 : 8];
        await inner.ReadExactlyAsync(length, cancellationToken);
        var extended = first == 126 ? BinaryPrimitives.ReadUInt16BigEndian(length) : (int)BinaryPrimitives.ReadInt64BigEndian(length);
        return extended > (first == 126 ? 125 : ushort.MaxValue) ? extended : throw new IOException("A length is not in its shortest form.");
    }

    private async ValueTask AnswerAsync(byte opcode, byte[] payload)
    {
        if (!Answers)
        {
            return;
        }

        try
        {
            await inner.WriteAsync(Frame(opcode, payload));
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The server does not read any more.
        }
    }
}
