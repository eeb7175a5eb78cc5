using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Which ids lie between moments that a client names (XEP-0313 §4.1.2).</summary>
/// <remarks>Clients know the time of a message from its stamp, which has milliseconds: within the same one, a message is neither before nor after.</remarks>
internal static class ArchiveTime
{
    private static readonly DateTimeOffset End = DateTimeOffset.UnixEpoch.AddYears(140);

    /// <summary>The lowest id of messages whose stamp is not before a moment.</summary>
    internal static long FirstFrom(DateTimeOffset moment) =>
        moment <= DateTimeOffset.UnixEpoch ? long.MinValue
        : moment >= End ? long.MaxValue
        : ArchiveId.At(Truncated(moment.AddTicks(TimeSpan.TicksPerMillisecond - 1)));

    /// <summary>The highest id of messages whose stamp is not after a moment.</summary>
    internal static long LastUntil(DateTimeOffset moment) =>
        moment < DateTimeOffset.UnixEpoch ? long.MinValue
        : moment >= End ? long.MaxValue
        : ArchiveId.At(Truncated(moment).AddMilliseconds(1)) - 1;

    private static DateTimeOffset Truncated(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
}
