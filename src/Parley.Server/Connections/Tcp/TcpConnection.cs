using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;

namespace Parley.Server.Connections.Tcp;

/// <summary>One TCP connection: bytes in, bytes out, and TLS laid upon them when the time has come.</summary>
public sealed class TcpConnection(ConnectionContext context) : StreamConnection
{
    private readonly bool _isProxied = context.Features.Get<ProxiedConnection>() is not null;
    private readonly IByteSink _sink = SocketSink.Of(context);

    // What a peer may send along; more counts as nothing.
    private const int MaxChain = 10;
    private SslStream? _tls;

    /// <summary>A connection of other streams than clients'.</summary>
    internal TcpConnection(ConnectionContext context, StreamFraming framing)
        : this(context) => Framing = framing;

    private static ReadOnlySpan<byte> TlsUniquePrefix => "tls-unique:"u8;

    public override string Id => context.ConnectionId;

    /// <summary>The bytes of the peer, after TLS where there is any.</summary>
    public PipeReader Input { get; private set; } = context.Transport.Input;

    public override bool IsLocal => base.IsLocal && !_isProxied;

    public override IPAddress RemoteAddress { get; } = (context.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;

    public override X509Certificate2? LocalCertificate => _tls?.LocalCertificate as X509Certificate2;

    internal override StreamFraming Framing { get; } = TcpFraming.Client;

    public override byte[] TlsUnique()
    {
        using var binding = _tls?.TransportContext.GetChannelBinding(ChannelBindingKind.Unique);
        if (binding is null)
        {
            return [];
        }

        // The platform gives a header, the prefix "tls-unique:", and the first Finished message.
        var bytes = new byte[binding.Size];
        Marshal.Copy(binding.DangerousGetHandle(), bytes, 0, bytes.Length);
        var start = bytes.AsSpan().IndexOf(TlsUniquePrefix);
        return start < 0 ? [] : bytes[(start + TlsUniquePrefix.Length)..];
    }

    /// <summary>Lays TLS upon the connection, as its server. Bytes read before and not consumed are lost: the caller has seen to it that there are none.</summary>
    public async Task SecureAsync(SslServerAuthenticationOptions options, CancellationToken cancellationToken)
    {
        var tls = new SslStream(new DuplexPipeStream(context.Transport.Input, _sink), leaveInnerStreamOpen: true);
        await tls.AuthenticateAsServerAsync(options, cancellationToken);
        _tls = tls;

        // Zero-byte reads: an idle connection holds no buffer.
        Input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
    }

    /// <inheritdoc cref="SecureAsync(SslServerAuthenticationOptions, CancellationToken)"/>
    public async Task SecureAsync(ServerOptionsSelectionCallback options, CancellationToken cancellationToken)
    {
        var tls = new SslStream(new DuplexPipeStream(context.Transport.Input, _sink), leaveInnerStreamOpen: true);
        await tls.AuthenticateAsServerAsync(options, null, cancellationToken);
        _tls = tls;
        Input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
    }

    /// <summary>The certificate that the peer showed; null when it has shown none.</summary>
    internal X509Certificate2? RemoteCertificate => _tls?.RemoteCertificate as X509Certificate2;

    /// <summary>The other certificates that the peer sent, as they came: most are never looked at. Null where it sent none at all. Kept for streams between servers alone.</summary>
    internal byte[][]? RemoteChain { get; private set; }

    /// <summary>The other certificates are of no use any more.</summary>
    internal void ForgetChain() => RemoteChain = null;

    /// <summary>Lays TLS upon the connection as its client. The handshake takes any certificate: who opens the stream judges it afterwards.</summary>
    internal async Task SecureAsClientAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        var tls = new SslStream(new DuplexPipeStream(context.Transport.Input, _sink), leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(options, cancellationToken);
        _tls = tls;
        Input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
    }

    /// <summary>For TLS with another server: takes whatever certificate it shows, or none, and keeps what it sent along.</summary>
    internal bool KeepChain(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (chain?.ChainPolicy.ExtraStore is { Count: > 0 and <= MaxChain } sent)
        {
            // The platform's own are gone after the handshake. To a client of TLS they include the peer's own.
            RemoteChain = [.. sent.Select(static other => other.RawData).Where(other => certificate?.GetRawCertData().AsSpan().SequenceEqual(other) != true)];
        }

        return true;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _tls is not null ? _tls.WriteAsync(bytes, cancellationToken) : _sink.WriteAsync(bytes, cancellationToken);

    public override void Abort()
    {
        base.Abort();
        context.Abort();
    }

    internal override void Wake() => Input.CancelPendingRead();

    public override async ValueTask DisposeAsync()
    {
        if (_tls is null)
        {
            return;
        }

        try
        {
            await _tls.ShutdownAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The peer did not wait for the closing alert.
        }

        await Input.CompleteAsync();
        await _tls.DisposeAsync();
    }
}
