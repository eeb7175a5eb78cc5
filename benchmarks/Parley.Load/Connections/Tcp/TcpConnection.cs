using System.Net.Security;

namespace Parley.Load.Connections.Tcp;

/// <summary>A stream over TCP (RFC 6120), TLS on top where asked.</summary>
internal sealed class TcpConnection(Stream stream) : ClientConnection
{
    private Stream _stream = stream;

    public override string StanzaAttributes => "";

    public override ValueTask OpenStreamAsync(string domain, CancellationToken cancellation) => SendAsync(
        $"<stream:stream to='{domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", cancellation);

    public override async Task StartTlsAsync(string domain, CancellationToken cancellation)
    {
        // A load test measures TLS and trusts the server that it was pointed at.
#pragma warning disable CA5359, MA0039
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, static (_, _, _, _) => true);
#pragma warning restore CA5359, MA0039
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = domain }, cancellation);
    }

    public override ValueTask<bool> ReadAsync(CancellationToken cancellation) => Elements.FillAsync(_stream, cancellation);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => _stream.WriteAsync(bytes, cancellation);

    protected override ValueTask CloseStreamAsync(CancellationToken cancellation) => SendAsync("</stream:stream>", cancellation);

    protected override void Dispose(bool disposing) => _stream.Dispose();
}
