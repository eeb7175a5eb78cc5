using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Parley.Load.Connections;

namespace Parley.Load.Servers;

/// <summary>One side of a stream between servers, as elements in text. One reader and one writer may use it at once.</summary>
internal sealed class PeerStream(Stream stream) : IDisposable
{
    private readonly ReceiveBuffer _received = new();
    private Stream _stream = stream;

    public static string Header(string from, string to, string? id = null) =>
        "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'"
        + $" from='{from}' to='{to}'{(id is null ? "" : $" id='{id}'")}>";

    public ValueTask SendAsync(string xml, CancellationToken cancellation) => _stream.WriteAsync(Encoding.UTF8.GetBytes(xml), cancellation);

    /// <summary>The next element, header or closing tag; null at the end of the connection.</summary>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellation)
    {
        int length;
        while ((length = ElementScanner.Measure(_received.Unread)) == 0)
        {
            if (!await _received.FillAsync(_stream, cancellation))
                return null;
        }

        var element = Encoding.UTF8.GetString(_received.Unread[..length]).Trim();
        _received.Consume(length);
        return element.StartsWith("<?", StringComparison.Ordinal) ? await ReadAsync(cancellation) : element;
    }

    /// <summary>The next element that begins so; what comes before it is passed over.</summary>
    public async Task<string> ReadAsync(string start, CancellationToken cancellation)
    {
        while (await ReadAsync(cancellation) is { } element)
        {
            if (element.StartsWith(start, StringComparison.Ordinal))
                return element;
            if (element.StartsWith("<stream:error", StringComparison.Ordinal) || element.StartsWith("</", StringComparison.Ordinal))
                throw new LoadException($"the server ended a stream: {element}");
        }

        throw new LoadException($"the server closed a connection where {start} was due");
    }

    /// <summary>Lays TLS upon the connection as the side that opened it.</summary>
    public Task SecureAsync(string domain, X509Certificate2 certificate, CancellationToken cancellation) => SecureAsync(
        tls => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = domain, ClientCertificates = [certificate], AllowTlsResume = false }, cancellation));

    /// <summary>Lays TLS upon the connection as the side that took it.</summary>
    public Task SecureAsServerAsync(X509Certificate2 certificate, CancellationToken cancellation) => SecureAsync(
        tls => tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ClientCertificateRequired = true, AllowTlsResume = false }, cancellation));

    public void Dispose() => _stream.Dispose();

    private async Task SecureAsync(Func<SslStream, Task> handshake)
    {
        // A load test measures TLS and trusts the server that it was pointed at.
#pragma warning disable CA5359, MA0039
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359, MA0039
        _stream = tls;
        await handshake(tls);
    }
}
