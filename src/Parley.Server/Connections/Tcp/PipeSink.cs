using System.IO.Pipelines;

namespace Parley.Server.Connections.Tcp;

/// <summary>What is sent through the connection's own pipe: of a connection without a socket, or with something between that and the pipe.</summary>
internal sealed class PipeSink(PipeWriter output) : IByteSink
{
    /// <inheritdoc/>
    /// <exception cref="IOException">The connection takes nothing more.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var write = output.WriteAsync(bytes, cancellationToken);
        return !write.IsCompletedSuccessfully ? FinishAsync(write)
            : write.Result.IsCompleted ? throw Closed()
            : ValueTask.CompletedTask;
    }

    private static async ValueTask FinishAsync(ValueTask<FlushResult> write)
    {
        if ((await write).IsCompleted)
        {
            throw Closed();
        }
    }

    private static IOException Closed() => new("The connection is closed.");
}
