using System.IO.Pipelines;

namespace Parley.Server.Connections.WebSockets;

/// <summary>What HTTP reads: the bare connection's input, which HTTP's end does not complete where the connection was taken over.</summary>
internal sealed class HandoverReader(PipeReader bare, ConnectionHandover handover) : PipeReader
{
    public override bool TryRead(out ReadResult result) => bare.TryRead(out result);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => bare.ReadAsync(cancellationToken);

    public override void AdvanceTo(SequencePosition consumed) => bare.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => bare.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => bare.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        if (!handover.IsTaken)
        {
            bare.Complete(exception);
        }
    }

    public override ValueTask CompleteAsync(Exception? exception = null) => handover.IsTaken ? ValueTask.CompletedTask : bare.CompleteAsync(exception);

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) => bare.ReadAtLeastAsync(minimumSize, cancellationToken);
}
