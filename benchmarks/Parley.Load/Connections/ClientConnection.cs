using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Parley.Load.Connections;

/// <summary>One client's connection: a socket, TLS on top where asked, and a buffer of what was read.</summary>
internal sealed class ClientConnection : IDisposable
{
    private readonly Socket _socket;
    private Stream _stream;
    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    private ClientConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>The full JID that the server bound; empty before that.</summary>
    public string Jid { get; set; } = "";

    /// <summary>Stream management once it is enabled; null without it.</summary>
    public StreamManagement? Management { get; set; }

    /// <summary>What was read and not yet consumed.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    public static async Task<ClientConnection> ConnectAsync(Target target, int index, CancellationToken cancellation)
    {
        var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (target.Source(index) is { } source)
                socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(target.EndPoint, cancellation);
            return new ClientConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Waits for more bytes behind <see cref="Unread"/>; false at the end of the stream.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        MakeRoom();
        var count = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += count;
        return count > 0;
    }

    public void Consume(int count) => _start += count;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => _stream.WriteAsync(bytes, cancellation);

    public ValueTask SendAsync(string text, CancellationToken cancellation) => WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);

    /// <summary>The next whole element as text; a stream header or declaration counts as one.</summary>
    public async ValueTask<string> ReadElementAsync(CancellationToken cancellation)
    {
        int length;
        while ((length = ElementScanner.Measure(Unread)) == 0)
        {
            if (!await ReadAsync(cancellation))
                throw new LoadException("the server closed the connection during negotiation");
        }

        var element = Encoding.UTF8.GetString(Unread[..length]).Trim();
        Consume(length);
        return element;
    }

    /// <summary>The next element that satisfies <paramref name="wanted"/>; others are passed over, a stream error is thrown.</summary>
    public async ValueTask<string> ReadUntilAsync(Func<string, bool> wanted, CancellationToken cancellation)
    {
        while (true)
        {
            var element = await ReadElementAsync(cancellation);
            if (element.StartsWith("<stream:error", StringComparison.Ordinal) || element.StartsWith("</", StringComparison.Ordinal))
                throw new LoadException($"the server ended the stream: {element}");
            if (wanted(element))
                return element;
        }
    }

    public async Task StartTlsAsync(string domain, CancellationToken cancellation)
    {
        // A load test measures TLS and trusts the server that it was pointed at.
#pragma warning disable CA5359, MA0039
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359, MA0039
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = domain }, cancellation);
    }

    /// <summary>True where the server has closed its side, or said something that is not yet read and then closed.</summary>
    public bool IsClosedByServer()
    {
        if (!_socket.Poll(0, SelectMode.SelectRead))
            return false;
        Span<byte> waiting = stackalloc byte[4096];
        var count = _socket.Receive(waiting, SocketFlags.Peek, out var error);
        return error != SocketError.Success || count == 0 || waiting[..count].IndexOf("</stream:stream>"u8) >= 0;
    }

    /// <summary>
    /// Says goodbye and closes, without waiting for the answer. A managed client tells first what it handled, so that the server does not
    /// take it for lost. No other write may be under way.
    /// </summary>
    public async ValueTask CloseAsync(CancellationToken cancellation)
    {
        try
        {
            var handled = Management is { } management ? $"<a xmlns='urn:xmpp:sm:3' h='{management.Handled}'/>" : "";
            await SendAsync(handled + "</stream:stream>", cancellation);
        }
        catch (IOException)
        {
            // The server went first.
        }

        Dispose();
    }

    public void Dispose() => _stream.Dispose();

    private void MakeRoom()
    {
        if (_start > 0)
        {
            Unread.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
