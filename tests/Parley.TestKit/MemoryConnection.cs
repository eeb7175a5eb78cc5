using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Parley.TestKit;

/// <summary>A connection without a socket: what Kestrel would hand to the server, and the stream at the client's end of it.</summary>
/// <remarks>
/// It behaves like Kestrel's sockets: the server's writes wait once <see cref="WindowBytes"/> are on the way to a client that does
/// not read; the client's end of sending completes the server's input and cancels <see cref="ConnectionClosed"/>; an abort loses what is on the way.
/// </remarks>
public sealed class MemoryConnection : ConnectionContext
{
    /// <summary>How many bytes may be on the way to the client.</summary>
    public const int WindowBytes = 64 * 1024;

    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 1024 * 1024, resumeWriterThreshold: 512 * 1024));
    private readonly Pipe _fromServer = new(new PipeOptions(pauseWriterThreshold: 4096, resumeWriterThreshold: 2048));
    private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: WindowBytes, resumeWriterThreshold: WindowBytes / 2));
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _aborted = new();
    private readonly TaskCompletionSource _served = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _wire;
    private int _sendingEnded;

    public MemoryConnection(string id, IPAddress? clientAddress = null)
    {
        ConnectionId = id;
        RemoteEndPoint = new IPEndPoint(clientAddress ?? IPAddress.Loopback, 50_000);
        Transport = new Duplex(_toServer.Reader, _fromServer.Writer);
        ClientStream = new DuplexStream(_toClient.Reader, _toServer.Writer);
        _wire = CarryAsync();
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed
    {
        get => _closed.Token;
        set => throw new NotSupportedException();
    }

    /// <summary>Whether the connection was cut, by the server or by the client.</summary>
    public bool IsAborted => _aborted.IsCancellationRequested;

    /// <summary>Completes when the server is done with the connection, whichever side made it.</summary>
    internal Task Served => _served.Task;

    /// <summary>The client's end.</summary>
    internal Stream ClientStream { get; }

    /// <summary>The client's end as a server has it that connects to another: instead of <see cref="ClientStream"/>.</summary>
    public ConnectionContext ClientConnection => new OtherEnd(this);

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _aborted.Cancel();
        EndSending(abortReason);
    }

    /// <summary>Hands the connection to the server, and disposes it when the server is done, as Kestrel does.</summary>
    internal void Serve(ConnectionHandler server)
    {
        _ = ServeAsync();

        async Task ServeAsync()
        {
            try
            {
                await server.OnConnectedAsync(this);
                await DisposeAsync();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _served.TrySetException(e);
            }
        }
    }

    /// <summary>The client sends nothing more.</summary>
    internal void EndSending(Exception? reason = null)
    {
        if (Interlocked.Exchange(ref _sendingEnded, 1) == 0)
        {
            _toServer.Writer.Complete(reason);
            _closed.Cancel();
        }
    }

    /// <summary>The server is done with the connection: what it wrote still arrives, then the connection ends.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _fromServer.Writer.CompleteAsync();
        await _toServer.Reader.CompleteAsync();
        await _wire;
        await base.DisposeAsync();
        _served.TrySetResult();
    }

    private async Task CarryAsync()
    {
        Exception? end = null;
        try
        {
            await _fromServer.Reader.CopyToAsync(_toClient.Writer, _aborted.Token);
        }
        catch (OperationCanceledException e)
        {
            end = new IOException("The connection was cut.", e);
        }

        await _fromServer.Reader.CompleteAsync();
        await _toClient.Writer.CompleteAsync(end);
    }

    private sealed class OtherEnd(MemoryConnection connection) : ConnectionContext
    {
        public override string ConnectionId { get; set; } = connection.ConnectionId + "-client";

        public override IFeatureCollection Features { get; } = new FeatureCollection();

        public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

        public override IDuplexPipe Transport { get; set; } = new Duplex(connection._toClient.Reader, connection._toServer.Writer);

        public override EndPoint? RemoteEndPoint { get; set; } = connection.RemoteEndPoint;

        public override void Abort(ConnectionAbortedException abortReason) => connection.Abort(abortReason);

        public override async ValueTask DisposeAsync()
        {
            connection.EndSending();
            await connection._toClient.Reader.CompleteAsync();
            await base.DisposeAsync();
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
