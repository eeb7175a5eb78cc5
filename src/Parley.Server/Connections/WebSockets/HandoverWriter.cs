using System.IO.Pipelines;

namespace Parley.Server.Connections.WebSockets;

/// <summary>What HTTP writes to: the bare connection's output, which HTTP's end does not complete where the connection was taken over.</summary>
internal sealed class HandoverWriter(PipeWriter bare, ConnectionHandover handover) : PipeWriter
{
    public override bool CanGetUnflushedBytes => bare.CanGetUnflushedBytes;

    public override long UnflushedBytes => bare.UnflushedBytes;

    public override void Advance(int bytes) => bare.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => bare.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => bare.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => bare.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) => bare.WriteAsync(source, cancellationToken);

    public override void CancelPendingFlush() => bare.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (!handover.IsTaken)
        {
            bare.Complete(exception);
        }
    }

    public override ValueTask CompleteAsync(Exception? exception = null) => handover.IsTaken ? ValueTask.CompletedTask : bare.CompleteAsync(exception);
}
