using System.Net;
using System.Security.Cryptography.X509Certificates;
using Parley.Server.Sessions;

namespace Parley.Server.Connections;

/// <summary>What a stream lies upon: a TCP connection, a WebSocket, or the requests of a BOSH session. Bytes out, and what is known of the peer.</summary>
/// <remarks>How bytes come in is the transport's own: it has a read loop that hands elements to the stream (<see cref="StreamIntake"/>).</remarks>
public abstract class StreamConnection : IByteSink, IAsyncDisposable
{
    private readonly CancellationTokenSource _aborted = new();

    /// <summary>A name for logs, unique in the process.</summary>
    public abstract string Id { get; }

    /// <summary>Where the peer is: limits and logs go by it.</summary>
    public abstract IPAddress RemoteAddress { get; }

    /// <summary>Whether the peer is on this machine, as far as anybody can tell: loopback behind a proxy is another machine's, or the proxy itself.</summary>
    public virtual bool IsLocal => IPAddress.IsLoopback(RemoteAddress);

    /// <summary>The certificate that this side showed, for channel binding (RFC 5929 §4); null where TLS ends elsewhere or there is none, and over HTTP, where browsers cannot bind.</summary>
    public virtual X509Certificate2? LocalCertificate => null;

    /// <summary>Cancelled by <see cref="Abort"/>; not when the peer ends the connection, for what it sent before is still to be handled.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>How a stream lies upon this transport.</summary>
    internal abstract StreamFraming Framing { get; }

    /// <summary>What holds of a stream from its beginning, because of what it lies upon.</summary>
    internal virtual StreamState InitialState => StreamState.None;

    /// <summary>Whether what was written may be lost on the way although the connection goes on; the transport then says what arrived (<see cref="OutputQueue.Confirm"/>).</summary>
    internal virtual bool ConfirmsOutput => false;

    /// <summary>What ties SASL to the TLS handshake rather than to the certificate (tls-unique, RFC 5929 §3); empty where there is none.</summary>
    public virtual byte[] TlsUnique() => [];

    /// <summary>What the stream writes to while the wire is logged.</summary>
    internal virtual IByteSink LoggedBy(WireLog log) => log.Before(this, Id);

    /// <inheritdoc/>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Cuts the connection without a word.</summary>
    public virtual void Abort() =>

        // What is cancelled goes on elsewhere: the caller may be the heartbeat.
        _ = _aborted.CancelAsync();

    /// <summary>Ends the wait of the read loop, from any thread: it finds out that the stream is to end.</summary>
    internal abstract void Wake();

    /// <summary>Closes the connection; what was written has been taken.</summary>
    public abstract ValueTask DisposeAsync();
}
