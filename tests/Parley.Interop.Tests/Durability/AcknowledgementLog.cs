namespace Parley.Interop.Tests.Durability;

/// <summary>Counts what all clients have had acknowledged, and tells when it is enough for this round.</summary>
internal sealed class AcknowledgementLog
{
    private AcknowledgementCount _count = new(int.MaxValue);
    private int _total;

    internal int Total => Volatile.Read(ref _total);

    /// <summary>Starts a round that ends after so many acknowledgements.</summary>
    internal Task Await(int enough)
    {
        var count = new AcknowledgementCount(enough);
        Volatile.Write(ref _count, count);
        return count.Reached;
    }

    internal void Add()
    {
        Interlocked.Increment(ref _total);
        Volatile.Read(ref _count).Add();
    }
}
