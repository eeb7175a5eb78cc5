namespace Parley.Server.Storage.Sql;

/// <summary>Times as databases keep them: microseconds since 1970-01-01 UTC; what is finer is cut off.</summary>
internal static class SqlTime
{
    public static long ToMicroseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
