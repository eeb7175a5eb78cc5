using System.Net;
using Microsoft.AspNetCore.Http;
using Parley.Protocol.Streams;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.WebSockets;

/// <summary>One WebSocket: the bytes of its frames, and how it closes (RFC 6455 §7, RFC 7395 §3.6).</summary>
public sealed class WebSocketConnection : StreamConnection
{
    private readonly Action _abort;
    private readonly Stream _stream;
    private readonly WebSocketFraming _framing;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _reading = new();
    private byte[]? _peersClose;
    private WebSocketCloseCode? _code;
    private volatile bool _isLost;

    /// <param name="context">The request, of which nothing is kept.</param>
    /// <param name="accepted">What it led to.</param>
    /// <param name="abort">Cuts the connection.</param>
    /// <param name="security">What counts as secure.</param>
    /// <param name="options">The transport's.</param>
    /// <param name="services">The streams'.</param>
    internal WebSocketConnection(HttpContext context, AcceptedWebSocket accepted, Action abort, WebRequestSecurity security, XmppWebSocketOptions options, ClientStreamServices services)
    {
        _abort = abort;
        _stream = accepted.Stream;
        IsCompressed = accepted.IsCompressed;
        _framing = new WebSocketFraming(this, options);
        _time = services.Time;

        // The rest of the time is for the closing handshake.
        _patience = services.Options.CloseTimeout / 2;
        Id = context.TraceIdentifier;
        RemoteAddress = security.ClientAddress(context);
        InitialState = StreamState.OverHttp | (security.IsSecure(context) ? StreamState.Secure : StreamState.None);
        Receiver = new WebSocketReceiver(_stream, new WebSocketMessageReader(services.Options.StanzaLimitsBeforeAuthentication.MaxBytes, IsCompressed));
    }

    public override string Id { get; }

    public override IPAddress RemoteAddress { get; }

    internal override StreamFraming Framing => _framing;

    internal override StreamState InitialState { get; }

    /// <summary>The framing logs its messages: on the way out they have headers, and may be compressed.</summary>
    internal override IByteSink LoggedBy(WireLog log)
    {
        _framing.WireLog = log;
        return this;
    }

    /// <summary>Whether permessage-deflate was agreed upon.</summary>
    internal bool IsCompressed { get; }

    /// <summary>What arrives.</summary>
    internal WebSocketReceiver Receiver { get; }

    /// <summary>Cancelled when the read loop is to look up: the stream is to end, or the connection was cut.</summary>
    internal CancellationToken Reading => _reading.Token;

    /// <summary>Whether the client closed the WebSocket, and discards what still comes.</summary>
    internal bool IsClosedByPeer => _peersClose is not null;

    /// <summary>Whether the client closed its stream: then the WebSocket is its to close as well.</summary>
    internal bool IsStreamClosedByPeer { private get; set; }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>

        // The web server takes what is for a connection that is gone, and says nothing.
        _isLost ? throw new IOException("The connection is closed.") : _stream.WriteAsync(bytes, cancellationToken);

    public override void Abort()
    {
        _isLost = true;
        base.Abort();
        Wake();
        _abort();
    }

    internal override void Wake() => _ = _reading.CancelAsync();

    /// <summary>Nothing more comes from the client.</summary>
    internal void Lost() => _isLost = true;

    /// <summary>The client has closed the WebSocket.</summary>
    /// <param name="payload">Its code and reason, or nothing.</param>
    internal void ClosedByPeer(ReadOnlySpan<byte> payload) => _peersClose = payload.ToArray();

    /// <summary>Messages are compressed from here on, where that was agreed upon.</summary>
    internal void Compress() => _framing.Compresses = IsCompressed;

    /// <summary>Why the WebSocket is closed; the first reason given is the one that is told.</summary>
    internal void CloseBecause(WebSocketCloseCode code) => _code ??= code;

    /// <inheritdoc cref="CloseBecause(WebSocketCloseCode)"/>
    internal void CloseBecause(StreamException error) => CloseBecause(error.Condition switch
    {
        StreamErrorCondition.SystemShutdown => WebSocketCloseCode.GoingAway,
        StreamErrorCondition.InternalServerError => WebSocketCloseCode.InternalError,
        _ => WebSocketCloseCode.Normal,
    });

    /// <summary>Closes the WebSocket: whoever closed the stream begins, and the other answers (RFC 7395 §3.6). A client that does not is waited for until the stream's time to close is over.</summary>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isLost)
            {
                await CloseAsync();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client did not wait for it.
        }

        Receiver.Dispose();
        _reading.Dispose();
    }

    private async ValueTask CloseAsync()
    {
        if (_peersClose is null && IsStreamClosedByPeer)
        {
            _peersClose = await ReadToCloseAsync(_patience);
        }

        // Its own code comes back (RFC 6455 §5.5.1); its reason is nobody's.
        var frame = _peersClose is { } close
            ? WebSocketFrameWriter.Control(WebSocketOpcode.Close, close.AsSpan(0, Math.Min(close.Length, sizeof(ushort))))
            : WebSocketFrameWriter.Close(_code ?? WebSocketCloseCode.Normal);
        await _stream.WriteAsync(frame, Aborted);
        if (_peersClose is null)
        {
            await Receiver.ReadToCloseAsync(Aborted);
        }
    }

    private async ValueTask<byte[]?> ReadToCloseAsync(TimeSpan patience)
    {
        using var time = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, Aborted);
        try
        {
            return await Receiver.ReadToCloseAsync(either.Token);
        }
        catch (OperationCanceledException) when (!Aborted.IsCancellationRequested)
        {
            return null;
        }
    }
}
