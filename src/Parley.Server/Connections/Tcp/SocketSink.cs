using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Parley.Server.Connections.Tcp;

/// <summary>What is sent straight into the connection's socket, by whoever flushes: what the system takes at once costs one call of it and nothing else.</summary>
/// <remarks>
/// Through the pipe the same bytes are copied once more and wake another thread, which costs as much again as sending them. What the system does not take at once
/// is waited for as any other write, and nothing is in between that could keep more of it.
/// </remarks>
internal sealed class SocketSink : IByteSink
{
    private readonly Socket _socket;

    private SocketSink(Socket socket)
    {
        _socket = socket;

        // Of the calls that do not wait alone: the transport's are asynchronous anyway.
        _socket.Blocking = false;
    }

    /// <summary>Where the bytes of a connection go: its socket, unless something stands before it that has to see them, such as TLS or a log.</summary>
    internal static IByteSink Of(ConnectionContext connection) =>
        connection.Features.Get<IConnectionSocketFeature>()?.Socket is { SocketType: SocketType.Stream } socket && IsBare(connection)
            ? new SocketSink(socket)
            : new PipeSink(connection.Transport.Output);

    /// <inheritdoc/>
    /// <exception cref="IOException">The connection is lost.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var sent = _socket.Send(bytes.Span, SocketFlags.None, out var error);
        return sent == bytes.Length ? ValueTask.CompletedTask
            : error is SocketError.Success or SocketError.WouldBlock ? RestAsync(bytes[sent..], cancellationToken)
            : throw Lost(new SocketException((int)error));
    }

    // What was laid upon the transport is not of its own making.
    private static bool IsBare(ConnectionContext connection) => connection.Transport.GetType().Assembly == connection.GetType().Assembly;

    private async ValueTask RestAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
            }
        }
        catch (SocketException e)
        {
            throw Lost(e);
        }
    }

    private static IOException Lost(SocketException reason) => new(reason.Message, reason);
}
