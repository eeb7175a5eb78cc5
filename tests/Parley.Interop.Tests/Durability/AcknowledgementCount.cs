namespace Parley.Interop.Tests.Durability;

/// <summary>Counts what all writers have had acknowledged, and tells when it is enough.</summary>
internal sealed class AcknowledgementCount(int enough)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    internal Task Reached => _reached.Task;

    internal void Add()
    {
        if (Interlocked.Increment(ref _count) >= enough)
        {
            _reached.TrySetResult();
        }
    }
}
