using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Parley.Server.Federation;
using Parley.Server.Federation.Dns;

namespace Parley.Host.Diagnosis;

/// <summary>A stream to another server, opened as a server opens one: the connection, TLS, header and features.</summary>
internal sealed class TrialStream : IAsyncDisposable
{
    private readonly Socket _socket;
    private Stream _stream;

    private TrialStream(Socket socket) => (_socket, _stream) = (socket, Stream.Null);

    /// <summary>The stream.</summary>
    internal ProbedStream Probed { get; private set; } = null!;

    /// <summary>Opens it.</summary>
    /// <param name="place">Where.</param>
    /// <param name="from">Who; null for nobody.</param>
    /// <param name="certificate">What is shown; null for nothing.</param>
    /// <param name="certificates">Judges what the other side shows.</param>
    /// <param name="judged">Is told what that is worth, whatever becomes of the stream.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ProbeException">The other side does not speak so, or refuses.</exception>
    internal static async Task<TrialStream> OpenAsync(
        ServicePlace place, string? from, SslStreamCertificateContext? certificate, ServerCertificates certificates, Action<CertificateVerdict> judged, CancellationToken cancellationToken)
    {
        var trial = new TrialStream(new Socket(place.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        try
        {
            await trial._socket.ConnectAsync(place.Address, cancellationToken);
            trial._stream = new NetworkStream(trial._socket);
            var isSecure = place.Target.DirectTls;
            if (!isSecure)
            {
                trial.Probed = await ProbedStream.OpenAsync(trial._stream, place, from, cancellationToken);
                isSecure = await trial.Probed.StartTlsAsync(cancellationToken);
            }

            if (isSecure)
            {
                await trial.SecureAsync(place, certificate, (shown, sent) => judged(certificates.Check(shown, sent, place.Domain, place.Service, PeerRole.Server)), cancellationToken);
                trial.Probed = await ProbedStream.OpenAsync(trial._stream, place, from, cancellationToken);
            }

            return trial;
        }
        catch
        {
            await trial.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private async Task SecureAsync(ServicePlace place, SslStreamCertificateContext? certificate, Action<X509Certificate2?, X509Certificate2Collection?> shows, CancellationToken cancellationToken)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = DnsName.TryParse(place.Domain, out var name) ? name : place.Domain,
                ClientCertificateContext = certificate,
                ApplicationProtocols = place.Target.DirectTls ? [new SslApplicationProtocol(place.Service.Name)] : null,
                CertificateChainPolicy = ServerCertificates.NewChainPolicy(),
                RemoteCertificateValidationCallback = (_, shown, chain, _) =>
                {
                    shows(shown as X509Certificate2, chain?.ChainPolicy.ExtraStore);
                    return shown is not null;
                },
            },
            cancellationToken);
        _stream = tls;
    }
}
