using System.Net;
using System.Net.Sockets;
using System.Text;
using Parley.Load.Connections.Bosh;
using Parley.Load.Connections.Tcp;
using Parley.Load.Connections.WebSockets;

namespace Parley.Load.Connections;

/// <summary>
/// One client's connection, whatever carries it: elements go in and come out, and the transport's own framing is dealt with behind it.
/// One reader and one writer may use it at once.
/// </summary>
internal abstract class ClientConnection : IDisposable
{
    /// <summary>The full JID that the server bound; empty before that.</summary>
    public string Jid { get; set; } = "";

    /// <summary>Stream management once it is enabled; null without it.</summary>
    public StreamManagement? Management { get; set; }

    /// <summary>The elements that were read and not yet consumed, without the framing of the transport.</summary>
    public ReadOnlySpan<byte> Unread => Elements.Unread;

    /// <summary>
    /// What a stanza's open tag must have as attributes: nothing in a stream of one document, the content namespace where each element stands
    /// alone (RFC 7395 §3.3.3) or within another namespace (XEP-0206 §2).
    /// </summary>
    public virtual string StanzaAttributes => " xmlns='jabber:client'";

    protected ReceiveBuffer Elements { get; } = new();

    public static async Task<ClientConnection> ConnectAsync(Target target, int index, CancellationToken cancellation) => target.Transport switch
    {
        Transport.WebSocket => await WebSocketConnection.ConnectAsync(target, index, cancellation),
        Transport.Bosh => await BoshConnection.ConnectAsync(target, index, cancellation),
        _ => new TcpConnection(await ConnectAsync(target.EndPoint, target.Source(index), cancellation)),
    };

    /// <summary>A connected socket as a stream that owns it.</summary>
    public static async Task<NetworkStream> ConnectAsync(IPEndPoint server, IPAddress? source, CancellationToken cancellation)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (source is not null)
                socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(server, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Opens the stream, or opens it again behind authentication.</summary>
    public abstract ValueTask OpenStreamAsync(string domain, CancellationToken cancellation);

    public abstract Task StartTlsAsync(string domain, CancellationToken cancellation);

    /// <summary>Waits for more bytes behind <see cref="Unread"/>, of which there may be none after all; false at the end of the stream.</summary>
    public abstract ValueTask<bool> ReadAsync(CancellationToken cancellation);

    public void Consume(int count) => Elements.Consume(count);

    /// <summary>To be called before an element is written to <paramref name="bytes"/>.</summary>
    public virtual void BeginElement(OutgoingBytes bytes) => bytes.ElementStart = bytes.Count;

    /// <summary>To be called behind an element that was written to <paramref name="bytes"/>.</summary>
    public virtual void EndElement(OutgoingBytes bytes)
    {
    }

    /// <summary>Waits until <see cref="WriteAsync"/> can write at once; what is gathered meanwhile leaves together.</summary>
    public virtual ValueTask ReadyToWriteAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Writes whole elements.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    public async ValueTask SendAsync(string element, CancellationToken cancellation)
    {
        var bytes = new OutgoingBytes();
        BeginElement(bytes);
        Encoding.UTF8.GetBytes(element, bytes);
        EndElement(bytes);
        await ReadyToWriteAsync(cancellation);
        await WriteAsync(bytes.Memory, cancellation);
    }

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

    /// <summary>Reads and passes over all that comes until it is stopped; false where the server ended the stream.</summary>
    public async Task<bool> HoldAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                if (Unread.IndexOf("</stream:stream>"u8) >= 0)
                    return false;
                Consume(Unread.Length);
                if (!await ReadAsync(stop))
                    return false;
            }
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Says goodbye and closes, without waiting for an answer that the transport does not need. A managed client tells first what it handled,
    /// so that the server does not take it for lost. Nothing else may read or write.
    /// </summary>
    public async ValueTask CloseAsync(CancellationToken cancellation)
    {
        try
        {
            if (Management is { } management)
                await SendAsync($"<a xmlns='urn:xmpp:sm:3' h='{management.Handled}'/>", cancellation);
            await CloseStreamAsync(cancellation);
        }
        catch (IOException)
        {
            // The server went first.
        }

        Dispose();
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Says goodbye.</summary>
    protected abstract ValueTask CloseStreamAsync(CancellationToken cancellation);

    protected abstract void Dispose(bool disposing);
}
