namespace Parley.Server.Connections;

/// <summary>How fast one client may send: a bucket that fills steadily, holds four seconds' worth, and delays the next read when it is empty.</summary>
/// <remarks>The delay reaches the sender through TCP's own flow control: nothing is lost or refused.</remarks>
internal sealed class ByteAllowance(int bytesPerSecond, TimeProvider time)
{
    private const int BurstSeconds = 4;
    private long _available = (long)bytesPerSecond * BurstSeconds;
    private long _asOf = time.GetTimestamp();

    /// <summary>Takes what was read off the bucket, and waits until it is not overdrawn.</summary>
    internal async ValueTask TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        _available -= bytes;
        if (_available > 0)
        {
            return;
        }

        var now = time.GetTimestamp();
        var refill = (long)(time.GetElapsedTime(_asOf, now).TotalSeconds * bytesPerSecond);
        _asOf = now;
        _available = Math.Min((long)bytesPerSecond * BurstSeconds, _available + refill);
        if (_available < 0)
        {
            await Task.Delay(TimeSpan.FromSeconds((double)-_available / bytesPerSecond), time, cancellationToken);
        }
    }
}
