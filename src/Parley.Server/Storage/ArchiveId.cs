using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;

namespace Parley.Server.Storage;

/// <summary>Makes ids for messages: ordered in time, unique, and made without asking the database.</summary>
/// <remarks>An id holds the microseconds since 1970 in its upper 52 bits, which last until 2112, and chance in its lower 11.</remarks>
public sealed class ArchiveId(TimeProvider time)
{
    private const int ChanceBits = 11;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");
    private long _last;

    /// <summary>An id above all that were made before.</summary>
    public long Next()
    {
        var fresh = At(time.GetUtcNow()) | (long)RandomNumberGenerator.GetInt32(1 << ChanceBits);
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var next = Math.Max(fresh, last + 1);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                return next;
            }
        }
    }

    /// <summary>Makes all ids from now on higher than one that is stored: the clock may have been set back since it was made.</summary>
    public void Raise(long id)
    {
        var last = Volatile.Read(ref _last);
        while (last < id && Interlocked.CompareExchange(ref _last, id, last) is var seen && seen != last)
        {
            last = seen;
        }
    }

    /// <summary>The lowest id of an instant.</summary>
    public static long At(DateTimeOffset instant) => ((instant.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond) << ChanceBits;

    /// <summary>When an id was made, to the microsecond.</summary>
    public static DateTimeOffset TimeOf(long id) => DateTimeOffset.UnixEpoch.AddTicks((id >> ChanceBits) * TimeSpan.TicksPerMicrosecond);

    /// <summary>The id as it stands in stanza-id and archive results: 16 lower-case hexadecimal digits.</summary>
    public static string ToText(long id) => id.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Reads such a text; false when it is none, and so no id of this server.</summary>
    public static bool TryParse(string text, out long id)
    {
        id = 0;
        return text.Length == 16
            && !text.AsSpan().ContainsAnyExcept(Digits)
            && long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id);
    }
}
