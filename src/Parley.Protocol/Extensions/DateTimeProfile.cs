using System.Globalization;

namespace Parley.Protocol.Extensions;

/// <summary>The date and time formats of XMPP (XEP-0082 1.1), read strictly.</summary>
/// <remarks>
/// Where XEP-0082 and XML Schema differ, the schema rules (§3): 24:00:00 is the next midnight, and offsets reach from -14:00 to +14:00.
/// Years have four digits. Fractions of a second are kept to 100 ns, further digits are dropped.
/// </remarks>
public static class DateTimeProfile
{
    private const int DateLength = 10;
    private const int TimeLength = 8;

    /// <summary>Writes a moment in UTC, with milliseconds when there are any: <c>2002-09-10T23:08:25.123Z</c>.</summary>
    public static string Format(DateTimeOffset moment)
    {
        var utc = moment.UtcDateTime;
        return utc.ToString(utc.Millisecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Writes a date: <c>1776-07-04</c>.</summary>
    public static string FormatDate(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Writes an offset from UTC as a number, the TZD of §2: <c>-06:00</c>, <c>+00:00</c>.</summary>
    public static string FormatOffset(TimeSpan offset) =>
        $"{(offset < TimeSpan.Zero ? '-' : '+')}{offset.ToString(@"hh\:mm", CultureInfo.InvariantCulture)}";

    /// <summary>Reads a moment, <c>CCYY-MM-DDThh:mm:ss[.sss]TZD</c> (§3.2); the offset is kept.</summary>
    /// <returns>False when it is none, or none that .NET can say.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset moment)
    {
        moment = default;
        if (text.Length <= DateLength || text[DateLength] != 'T'
            || !TryParseDate(text[..DateLength], out var date)
            || !TryReadTime(text[(DateLength + 1)..], out var time, out var offset)
            || offset is null)
        {
            return false;
        }

        var ticks = date.DayNumber * TimeSpan.TicksPerDay + time.Ticks;
        var utc = ticks - offset.Value.Ticks;
        if (Math.Max(ticks, utc) > DateTime.MaxValue.Ticks || utc < 0)
        {
            return false;
        }

        moment = new DateTimeOffset(ticks, offset.Value);
        return true;
    }

    /// <summary>Reads a date, <c>CCYY-MM-DD</c> (§3.1).</summary>
    public static bool TryParseDate(ReadOnlySpan<char> text, out DateOnly date)
    {
        date = default;
        if (text.Length != DateLength || text[4] != '-' || text[7] != '-'
            || !TryReadNumber(text[..4], out var year) || !TryReadNumber(text[5..7], out var month) || !TryReadNumber(text[8..], out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        date = new DateOnly(year, month, day);
        return true;
    }

    /// <summary>Reads a time of day, <c>hh:mm:ss[.sss][TZD]</c> (§3.3).</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time of day.</param>
    /// <param name="offset">The offset from UTC, or null when none is said.</param>
    public static bool TryParseTime(ReadOnlySpan<char> text, out TimeOnly time, out TimeSpan? offset)
    {
        var valid = TryReadTime(text, out var elapsed, out offset);
        time = valid ? new TimeOnly(elapsed.Ticks % TimeSpan.TicksPerDay) : default;
        return valid;
    }

    /// <summary>Reads an offset from UTC, <c>Z</c> or <c>+hh:mm</c> or <c>-hh:mm</c> (§2).</summary>
    public static bool TryParseOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        if (text is "Z")
        {
            return true;
        }

        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':'
            || !TryReadNumber(text[1..3], out var hours) || !TryReadNumber(text[4..], out var minutes)
            || minutes > 59 || hours * 60 + minutes > 14 * 60)
        {
            return false;
        }

        offset = new TimeSpan(hours, minutes, 0);
        offset = text[0] == '-' ? -offset : offset;
        return true;
    }

    private static bool TryReadTime(ReadOnlySpan<char> text, out TimeSpan time, out TimeSpan? offset)
    {
        time = default;
        offset = null;
        if (text.Length < TimeLength || text[2] != ':' || text[5] != ':'
            || !TryReadNumber(text[..2], out var hours) || !TryReadNumber(text[3..5], out var minutes) || !TryReadNumber(text[6..8], out var seconds)
            || minutes > 59 || seconds > 59 || !TryReadFraction(text[TimeLength..], out var ticks, out var read))
        {
            return false;
        }

        time = new TimeSpan(hours, minutes, seconds) + TimeSpan.FromTicks(ticks);
        if (time > TimeSpan.FromDays(1))
        {
            return false;
        }

        var zone = text[(TimeLength + read)..];
        if (zone.IsEmpty)
        {
            return true;
        }

        var valid = TryParseOffset(zone, out var parsed);
        offset = valid ? parsed : null;
        return valid;
    }

    private static bool TryReadFraction(ReadOnlySpan<char> text, out long ticks, out int read)
    {
        ticks = 0;
        read = 0;
        if (text.IsEmpty || text[0] != '.')
        {
            return true;
        }

        var unit = TimeSpan.TicksPerSecond;
        for (read = 1; read < text.Length && char.IsAsciiDigit(text[read]); read++)
        {
            unit /= 10;
            ticks += (text[read] - '0') * unit;
        }

        return read > 1;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            number = number * 10 + (digit - '0');
        }

        return true;
    }
}
