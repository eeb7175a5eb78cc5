using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Parley.Interop.Tests.Wire;

/// <summary>A socket and text, as in the tutorials: what is sent is what is written here, and what comes is read up to an ending.</summary>
internal sealed class WireClient : IAsyncDisposable
{
    private readonly TcpClient _tcp = new(AddressFamily.InterNetwork) { NoDelay = true };
    private readonly StringBuilder _pending = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private Stream _stream = Stream.Null;

    internal static async Task<WireClient> ConnectAsync(int port, CancellationToken cancellationToken, bool directTls = false, IPAddress? from = null)
    {
        var client = new WireClient();
        if (from is not null)
        {
            client._tcp.Client.Bind(new IPEndPoint(from, 0));
        }

        await client._tcp.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        client._stream = client._tcp.GetStream();
        if (directTls)
        {
            await client.SecureAsync(cancellationToken);
        }

        return client;
    }

    /// <summary>Lays TLS upon the connection. The server's certificate is a self-signed one, and not what is tested here.</summary>
    internal async Task SecureAsync(CancellationToken cancellationToken)
    {
        Assert.Equal(0, _pending.Length);
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, cancellationToken);
        _stream = tls;
    }

    internal Task SendAsync(string text, CancellationToken cancellationToken) => SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(bytes, cancellationToken);
        await _stream.FlushAsync(cancellationToken);
    }

    /// <summary>Reads up to and with <paramref name="ending"/>.</summary>
    internal async Task<string> ReadToAsync(string ending, CancellationToken cancellationToken)
    {
        while (true)
        {
            var text = _pending.ToString();
            var end = text.IndexOf(ending, StringComparison.Ordinal);
            if (end >= 0)
            {
                end += ending.Length;
                _pending.Remove(0, end);
                return text[..end];
            }

            if (!await FillAsync(cancellationToken))
            {
                Assert.Fail($"The connection ended before {ending}; it said: {text}");
            }
        }
    }

    /// <summary>Reads until the server closes the connection.</summary>
    internal async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        while (await FillAsync(cancellationToken))
        {
            // Until nothing comes any more.
        }

        var text = _pending.ToString();
        _pending.Clear();
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            var read = await _stream.ReadAsync(_buffer, cancellationToken);
            var characters = new char[read];
            _pending.Append(characters, 0, _decoder.GetChars(_buffer.AsSpan(0, read), characters, flush: false));
            return read > 0;
        }
        catch (IOException)
        {
            // Reset by the server: what it said before counts.
            return false;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Nothing more comes; so far: {_pending}");
            return false;
        }
    }
}
