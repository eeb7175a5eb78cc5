using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Load.Connections.WebSockets;

/// <summary>A stream over WebSocket (RFC 7395): each element is a message of one frame, several of them in one write.</summary>
internal sealed class WebSocketConnection : ClientConnection
{
    public const string Path = "/xmpp-websocket";

    private readonly Stream _stream;
    private readonly ReceiveBuffer _raw = new();
    private readonly FrameReader _reader = new();
    private readonly FrameWriter _frames;

    // Messages and answers to pings come from two sides.
    private readonly SemaphoreSlim _writing = new(1);

    private WebSocketConnection(Stream stream, int index)
    {
        _stream = stream;
        _frames = new FrameWriter(index);
    }

    public static new async Task<WebSocketConnection> ConnectAsync(Target target, int index, CancellationToken cancellation)
    {
        var stream = await ConnectAsync(target.HttpEndPoint, target.Source(index), cancellation);
        var connection = new WebSocketConnection(stream, index);
        try
        {
            await connection.UpgradeAsync(target, cancellation);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override ValueTask OpenStreamAsync(string domain, CancellationToken cancellation) =>
        SendAsync($"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{domain}' version='1.0'/>", cancellation);

    public override Task StartTlsAsync(string domain, CancellationToken cancellation) =>
        throw new LoadException("there is no STARTTLS over WebSocket");

    public override async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        if (_reader.Closed || !await _raw.FillAsync(_stream, cancellation))
            return false;
        _reader.Take(_raw, Elements);
        if (_reader.Pinged is { } ping)
        {
            _reader.Pinged = null;
            await WriteAsync(Frame(ping, FrameWriter.Pong), cancellation);
        }

        return true;
    }

    public override void BeginElement(OutgoingBytes bytes) => FrameWriter.Begin(bytes);

    public override void EndElement(OutgoingBytes bytes) => _frames.End(bytes);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            await _stream.WriteAsync(bytes, cancellation);
        }
        finally
        {
            _writing.Release();
        }
    }

    protected override async ValueTask CloseStreamAsync(CancellationToken cancellation)
    {
        await SendAsync("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", cancellation);
        await WriteAsync(Frame([0x03, 0xE8], FrameWriter.Close), cancellation);
    }

    protected override void Dispose(bool disposing)
    {
        _stream.Dispose();
        _writing.Dispose();
    }

    // With a writer of its own: its key is nobody else's.
    private static ReadOnlyMemory<byte> Frame(ReadOnlySpan<byte> payload, byte firstByte)
    {
        var bytes = new OutgoingBytes();
        FrameWriter.Begin(bytes);
        bytes.Write(payload);
        new FrameWriter(payload.Length).End(bytes, firstByte);
        return bytes.Memory;
    }

    private async Task UpgradeAsync(Target target, CancellationToken cancellation)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var request = $"GET {Path} HTTP/1.1\r\nHost: {target.Domain}:{target.HttpEndPoint.Port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n";
        await _stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellation);
        HttpHead head;
        while (!HttpHead.TryRead(_raw.Unread, out head))
        {
            if (!await _raw.FillAsync(_stream, cancellation))
                throw new LoadException("the server closed the connection instead of an upgrade to WebSocket");
        }

        if (head.Status != 101)
            throw new LoadException($"no WebSocket: {Encoding.UTF8.GetString(_raw.Unread)}");
        _raw.Consume(head.Length);
        _reader.Take(_raw, Elements);
    }
}
