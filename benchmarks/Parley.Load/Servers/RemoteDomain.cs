using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Parley.Load.Connections;

namespace Parley.Load.Servers;

/// <summary>
/// A domain with a server of its own on a loopback address: it opens a stream, under TLS and by dialback, asks something over it, and takes the stream on which the
/// key is asked about and the answer comes back.
/// </summary>
/// <param name="index">Its number, which says its name and address.</param>
/// <param name="port">Where it listens.</param>
/// <param name="target">The server under test.</param>
/// <param name="certificate">What it shows.</param>
/// <param name="bidirectional">Whether the answer may come back on the stream of the question (XEP-0288).</param>
/// <param name="oneWay">Whether nothing is asked once it is known who it is.</param>
internal sealed class RemoteDomain(int index, int port, Target target, X509Certificate2 certificate, bool bidirectional, bool oneWay) : IDisposable
{
    /// <summary>Every loopback address behind 127.1.0.0 may be one's.</summary>
    public const int MaxCount = 60_000;

    private const int Width = 250;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TcpListener _listener = new(Address(index), port);
    private readonly List<PeerStream> _accepted = [];
    private PeerStream? _stream;
    private int _open;

    /// <summary>Whether the server ended the stream that this domain opened.</summary>
    public bool IsDropped { get; private set; }

    /// <summary>How many streams the server has opened to this domain and not ended.</summary>
    public int Open => Volatile.Read(ref _open);

    private string Name => NameOf(index);

    /// <summary>The records by which the server under test finds the domain.</summary>
    public static string Records(int index, int port) => string.Create(
        CultureInfo.InvariantCulture, $"_xmpp-server._tcp.{NameOf(index)} SRV 0 0 {port} host.{NameOf(index)}\nhost.{NameOf(index)} A {Address(index)}\n");

    /// <summary>Opens the stream, and waits until an answer has come back.</summary>
    public async Task ConnectAsync(CancellationToken cancellation)
    {
        _listener.Start();
        _ = AcceptAsync(cancellation);
        _stream = new PeerStream(await ClientConnection.ConnectAsync(target.EndPoint, Address(index), cancellation));
        await OpenAsync(_stream, cancellation);
        await _stream.SendAsync("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", cancellation);
        await _stream.ReadAsync("<proceed", cancellation);
        await _stream.SecureAsync(target.Domain, certificate, cancellation);
        await OpenAsync(_stream, cancellation);
        await _stream.SendAsync($"{(bidirectional ? "<bidi xmlns='urn:xmpp:bidi'/>" : "")}<db:result from='{Name}' to='{target.Domain}'>{index:x64}</db:result>", cancellation);
        var result = await _stream.ReadAsync("<db:result", cancellation);
        if (ElementText.Attribute(result, "type") != "valid")
            throw new LoadException($"dialback failed: {result}");

        if (oneWay)
        {
            _ = HoldAsync(_stream, cancellation);
            return;
        }

        await _stream.SendAsync($"<iq type='get' id='ping' from='{Name}' to='{target.Domain}'><ping xmlns='urn:xmpp:ping'/></iq>", cancellation);
        _ = HoldAsync(_stream, cancellation);
        await _answered.Task.WaitAsync(cancellation);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _stream?.Dispose();
        lock (_accepted)
            _accepted.ForEach(static stream => stream.Dispose());
    }

    private static string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"d{index}.load.test");

    private static IPAddress Address(int index) => new([127, 1, (byte)(index / Width), (byte)((index % Width) + 1)]);

    private async Task OpenAsync(PeerStream stream, CancellationToken cancellation)
    {
        await stream.SendAsync(PeerStream.Header(Name, target.Domain), cancellation);
        await stream.ReadAsync("<stream:features", cancellation);
    }

    private async Task AcceptAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var stream = new PeerStream(new NetworkStream(await _listener.AcceptSocketAsync(cancellation), ownsSocket: true));
                lock (_accepted)
                    _accepted.Add(stream);
                _ = ServeAsync(stream, cancellation);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The run is over.
        }
    }

    private async Task ServeAsync(PeerStream stream, CancellationToken cancellation)
    {
        try
        {
            await stream.ReadAsync("<stream:stream", cancellation);
            await stream.SendAsync($"{PeerStream.Header(Name, target.Domain, "1")}<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>", cancellation);
            await stream.ReadAsync("<starttls", cancellation);
            await stream.SendAsync("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", cancellation);
            await stream.SecureAsServerAsync(certificate, cancellation);
            await stream.ReadAsync("<stream:stream", cancellation);
            await stream.SendAsync(
                $"{PeerStream.Header(Name, target.Domain, "2")}<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>", cancellation);
        }
        catch (Exception e) when (e is IOException or LoadException or OperationCanceledException or ObjectDisposedException)
        {
            _answered.TrySetException(e);
            return;
        }

        await HoldAsync(stream, cancellation);
    }

    // Whatever comes: keys are not looked at, as nothing is to be proven here.
    private async Task HoldAsync(PeerStream stream, CancellationToken cancellation)
    {
        var isOurs = ReferenceEquals(stream, _stream);
        Interlocked.Add(ref _open, isOurs ? 0 : 1);
        try
        {
            while (await stream.ReadAsync(cancellation) is { } element && !element.StartsWith("</", StringComparison.Ordinal))
            {
                if (element.StartsWith("<db:", StringComparison.Ordinal) && ElementText.Attribute(element, "type") is null)
                    await stream.SendAsync(Valid(element), cancellation);
                else if (element.StartsWith("<iq", StringComparison.Ordinal))
                    _answered.TrySetResult();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            if (e is not IOException)
                return;
        }

        stream.Dispose();
        Interlocked.Add(ref _open, isOurs ? 0 : -1);
        IsDropped |= isOurs;
    }

    private static string Valid(string element)
    {
        var id = ElementText.Attribute(element, "id");
        return $"{element[..element.IndexOf(' ', StringComparison.Ordinal)]} from='{ElementText.Attribute(element, "to")}' to='{ElementText.Attribute(element, "from")}'"
            + $"{(id is null ? "" : $" id='{id}'")} type='valid'/>";
    }
}
