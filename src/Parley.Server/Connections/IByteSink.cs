namespace Parley.Server.Connections;

/// <summary>Where a connection's bytes go: a socket's pipe, or TLS upon it.</summary>
public interface IByteSink
{
    /// <summary>Writes and flushes; completes when the sink can take more. Not called again before that.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
