using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;

namespace EchoGateway;

/// <summary>A component's stream to its server (XEP-0114): opened and authenticated, then stanzas both ways.</summary>
internal sealed class ComponentConnection : IAsyncDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly StanzaScanner _scanner = new(XmlLimits.Default);
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Queue<(ScanResult Kind, byte[] Token)> _arrived = new();
    private StanzaContext _context = new(Namespaces.ComponentAccept, new XmlNamespaces(Namespaces.ComponentAccept));

    private ComponentConnection()
    {
    }

    /// <summary>Connects, opens the stream and makes the handshake.</summary>
    /// <exception cref="IOException">The server refused: the message says why, and what to do about it where that is known.</exception>
    internal static async Task<ComponentConnection> OpenAsync(string host, int port, string domain, string secret, CancellationToken cancellationToken)
    {
        var connection = new ComponentConnection();
        try
        {
            await connection._tcp.ConnectAsync(host, port, cancellationToken);
            await connection.AuthenticateAsync(domain, secret, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The stanzas that arrive, in their order, until the server closes the stream.</summary>
    internal async IAsyncEnumerable<Stanza> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await NextAsync(cancellationToken) is { Kind: ScanResult.Element } next)
        {
            if (Stanza.Read(next.Token, _context) is { } stanza)
            {
                yield return stanza;
            }
        }
    }

    /// <summary>Sends a stanza; its sender has to be of the component's domain. One at a time.</summary>
    internal async Task SendAsync(Stanza stanza, CancellationToken cancellationToken)
    {
        _output.ResetWrittenCount();
        stanza.WriteTo(_output);
        await _tcp.GetStream().WriteAsync(_output.WrittenMemory, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _tcp.GetStream().WriteAsync("</stream:stream>"u8.ToArray());
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // There is no stream to close.
        }

        _tcp.Dispose();
    }

    private async Task AuthenticateAsync(string domain, string secret, CancellationToken cancellationToken)
    {
        var stream = _tcp.GetStream();
        await stream.WriteAsync(new StreamHeader { To = domain }.Encode(Namespaces.ComponentAccept), cancellationToken);
        var (kind, token) = await NextAsync(cancellationToken);
        if (kind != ScanResult.StreamOpen)
        {
            throw new IOException("The server opened no stream.");
        }

        var header = StreamHeader.Read(token, Namespaces.ComponentAccept, out _);
        _context = new StanzaContext(Namespaces.ComponentAccept, header.Declared);
        var hash = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(header.Id + secret)));
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"<handshake>{hash}</handshake>"), cancellationToken);
        (kind, token) = await NextAsync(cancellationToken);
        var answer = kind == ScanResult.Element ? XmlElement.Parse(token, header.Declared) : throw new IOException("The server closed the stream.");
        if (!answer.Is("handshake", Namespaces.ComponentAccept))
        {
            throw new IOException(Refusal(answer, domain) ?? $"The server refused the handshake: {Encoding.UTF8.GetString(token)}");
        }
    }

    // What whoever runs this has got wrong, in words of his own; null where it is something else.
    private static string? Refusal(XmlElement error, string domain) =>
        error.Child("not-authorized", Namespaces.StreamErrors) is not null ? $"COMPONENT_SECRET is not the server's for {domain}."
        : error.Child("host-unknown", Namespaces.StreamErrors) is not null ? $"The server knows no component {domain}: start the server with --component {domain}=SECRET."
        : null;

    private async Task<(ScanResult Kind, byte[] Token)> NextAsync(CancellationToken cancellationToken)
    {
        while (_arrived.Count == 0)
        {
            var count = await _tcp.GetStream().ReadAsync(_buffer, cancellationToken);
            if (count == 0)
            {
                return (ScanResult.StreamClose, []);
            }

            Scan(_buffer.AsSpan(0, count));
        }

        return _arrived.Dequeue();
    }

    private void Scan(ReadOnlySpan<byte> input)
    {
        while (_scanner.Read(ref input, out var token) is not ScanResult.NeedMore and var kind)
        {
            _arrived.Enqueue((kind, token.ToArray()));
            if (kind == ScanResult.StreamClose)
            {
                return;
            }
        }
    }
}
