using System.Buffers;
using System.Buffers.Text;
using Parley.Load.Connections;

namespace Parley.Load.Scenarios;

/// <summary>The messages of a pair: a body of 100 bytes that tells its sender, number and time of sending.</summary>
internal static class NumberedMessage
{
    private const int Digits = 10;
    private const int StampDigits = 19;
    private static readonly StandardFormat TenDigits = new('D', Digits);
    private static readonly StandardFormat StampFormat = new('D', StampDigits);

    private static ReadOnlySpan<byte> Mark => "<body>load:"u8;

    // Fills the body to 100 bytes: mark (5), sender, number and stamp with a colon behind each, and this.
    private static ReadOnlySpan<byte> Rest => "the quick brown fox jumps over the lazy dog and again"u8;

    /// <summary>Writes a message; <paramref name="openTag"/> ends within the value of its id, in single quotes.</summary>
    public static void Write(OutgoingBytes writer, ReadOnlySpan<byte> openTag, int sender, long number, long stamp)
    {
        writer.Write(openTag);
        Write(writer, number, default);
        writer.Write("'>"u8);
        writer.Write(Mark);
        Write(writer, sender, TenDigits);
        writer.Write(":"u8);
        Write(writer, number, TenDigits);
        writer.Write(":"u8);
        Write(writer, stamp, StampFormat);
        writer.Write(":"u8);
        writer.Write(Rest);
        writer.Write("</body></message>"u8);
    }

    /// <summary>False where this is no such message.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out long sender, out long number, out long stamp)
    {
        var mark = message.IndexOf(Mark);
        var text = mark < 0 ? default : message[(mark + Mark.Length)..];
        sender = Number(ref text);
        number = Number(ref text);
        stamp = Number(ref text);
        return mark >= 0 && stamp >= 0;
    }

    private static void Write(OutgoingBytes writer, long number, StandardFormat format)
    {
        Utf8Formatter.TryFormat(number, writer.GetSpan(StampDigits + 1), out var written, format);
        writer.Advance(written);
    }

    private static long Number(ref ReadOnlySpan<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out long number, out var length) || length == text.Length)
            return -1;
        text = text[(length + 1)..];
        return number;
    }
}
