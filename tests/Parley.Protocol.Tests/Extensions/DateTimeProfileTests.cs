using Parley.Protocol.Extensions;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class DateTimeProfileTests
{
    [Theory]
    [InlineData("1969-07-21T02:56:15Z", "1969-07-21T02:56:15.0000000+00:00")]
    [InlineData("1969-07-20T21:56:15-05:00", "1969-07-20T21:56:15.0000000-05:00")]
    [InlineData("2024-02-29T00:00:00.5Z", "2024-02-29T00:00:00.5000000+00:00")]
    [InlineData("2024-02-29T23:59:59.123456789012Z", "2024-02-29T23:59:59.1234567+00:00")]
    [InlineData("2024-02-29T24:00:00Z", "2024-03-01T00:00:00.0000000+00:00")]
    [InlineData("2024-02-29T12:00:00+14:00", "2024-02-29T12:00:00.0000000+14:00")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000+00:00")]
    [InlineData("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.0000000+00:00")]
    public void A_moment_is_read(string text, string expected)
    {
        Assert.True(DateTimeProfile.TryParse(text, out var moment));
        Assert.Equal(expected, moment.ToString("O"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1969-07-21")]
    [InlineData("1969-07-21T02:56:15")]
    [InlineData("1969-07-21t02:56:15Z")]
    [InlineData("1969-07-21 02:56:15Z")]
    [InlineData("1969-07-21T02:56:15z")]
    [InlineData("1969-07-21T02:56Z")]
    [InlineData("1969-7-21T02:56:15Z")]
    [InlineData("19690721T02:56:15Z")]
    [InlineData("69-07-21T02:56:15Z")]
    [InlineData("-969-07-21T02:56:15Z")]
    [InlineData("0000-07-21T02:56:15Z")]
    [InlineData("1969-00-21T02:56:15Z")]
    [InlineData("1969-13-21T02:56:15Z")]
    [InlineData("1969-07-00T02:56:15Z")]
    [InlineData("2023-02-29T02:56:15Z")]
    [InlineData("1969-07-21T25:00:00Z")]
    [InlineData("1969-07-21T24:00:01Z")]
    [InlineData("1969-07-21T24:00:00.1Z")]
    [InlineData("1969-07-21T02:60:15Z")]
    [InlineData("1969-07-21T02:56:60Z")]
    [InlineData("1969-07-21T02:56:15.Z")]
    [InlineData("1969-07-21T02:56:15,5Z")]
    [InlineData("1969-07-21T02:56:15+0500")]
    [InlineData("1969-07-21T02:56:15+5:00")]
    [InlineData("1969-07-21T02:56:15+14:01")]
    [InlineData("1969-07-21T02:56:15+01:60")]
    [InlineData("1969-07-21T02:56:15 Z")]
    [InlineData(" 1969-07-21T02:56:15Z")]
    [InlineData("1969-07-21T02:56:15ZZ")]
    [InlineData("١٩٦٩-07-21T02:56:15Z")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T24:00:00Z")]
    [InlineData("9999-12-31T23:00:00-01:00")]
    [InlineData("1969-07-21T02:56:15Z'; DROP TABLE messages")]
    public void What_is_no_moment_is_refused(string text) => Assert.False(DateTimeProfile.TryParse(text, out _));

    [Theory]
    [InlineData("2002-09-10T23:08:25Z", "2002-09-10T23:08:25Z")]
    [InlineData("2002-09-10T23:08:25.120Z", "2002-09-10T23:08:25.120Z")]
    [InlineData("2002-09-11T01:08:25.0009+02:00", "2002-09-10T23:08:25Z")]
    public void A_moment_is_written_in_utc(string text, string expected)
    {
        Assert.True(DateTimeProfile.TryParse(text, out var moment));
        Assert.Equal(expected, DateTimeProfile.Format(moment));
    }

    [Fact]
    public void A_date_is_read_and_written()
    {
        Assert.True(DateTimeProfile.TryParseDate("1776-07-04", out var date));
        Assert.Equal("1776-07-04", DateTimeProfile.FormatDate(date));
    }

    [Theory]
    [InlineData("1776-07-04Z")]
    [InlineData("1776-07-4")]
    [InlineData("1776-06-31")]
    [InlineData("1776/07/04")]
    public void What_is_no_date_is_refused(string text) => Assert.False(DateTimeProfile.TryParseDate(text, out _));

    [Theory]
    [InlineData("16:00:00", "16:00:00", null)]
    [InlineData("16:00:00Z", "16:00:00", "00:00:00")]
    [InlineData("16:00:00.25-06:30", "16:00:00.2500000", "-06:30:00")]
    [InlineData("24:00:00", "00:00:00", null)]
    public void A_time_of_day_is_read(string text, string expected, string? expectedOffset)
    {
        Assert.True(DateTimeProfile.TryParseTime(text, out var time, out var offset));
        Assert.Equal(TimeSpan.Parse(expected), time.ToTimeSpan());
        Assert.Equal(expectedOffset is null ? null : TimeSpan.Parse(expectedOffset), offset);
    }

    [Theory]
    [InlineData("16:00")]
    [InlineData("16:00:00X")]
    [InlineData("4:00:00")]
    [InlineData("16:00:00.")]
    public void What_is_no_time_of_day_is_refused(string text) => Assert.False(DateTimeProfile.TryParseTime(text, out _, out _));

    [Theory]
    [InlineData("-06:00", "-06:00")]
    [InlineData("+05:45", "+05:45")]
    [InlineData("-00:30", "-00:30")]
    [InlineData("Z", "+00:00")]
    public void An_offset_is_read_and_written_as_a_number(string text, string expected)
    {
        Assert.True(DateTimeProfile.TryParseOffset(text, out var offset));
        Assert.Equal(expected, DateTimeProfile.FormatOffset(offset));
    }
}
