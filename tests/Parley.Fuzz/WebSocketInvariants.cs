using System.Text;
using Parley.Server.Connections.WebSockets;

namespace Parley.Fuzz;

/// <summary>What holds of a WebSocket's messages, whatever the bytes are: cut in any way they give the same messages and the same refusal.</summary>
public static class WebSocketInvariants
{
    private const int MaxBytes = 600;

    /// <summary>Null, or what is broken. The input is taken as it is, and as the payloads of frames.</summary>
    public static string? Check(byte[] input, Random random)
    {
        try
        {
            return SplitsAgree(input, random) ?? SplitsAgree(Framed(input, random), random);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return $"escaped from the frames: {fault}";
        }
    }

    private static string? SplitsAgree(byte[] input, Random random)
    {
        foreach (var compression in new[] { false, true })
        {
            var whole = Read(input, input.Length, compression);
            var single = Read(input, 1, compression);
            if (whole != single)
                return $"frames, byte by byte:\n{single}\nwhole:\n{whole}";
            var some = random.Next(2, 40);
            var pieces = Read(input, some, compression);
            if (whole != pieces)
                return $"frames, in pieces of {some}:\n{pieces}\nwhole:\n{whole}";
        }

        return null;
    }

    private static string Read(byte[] input, int size, bool compression)
    {
        var found = new StringBuilder();
        using var reader = new WebSocketMessageReader(MaxBytes, compression);
        var bytes = (byte[])input.Clone();
        try
        {
            for (var at = 0; at < bytes.Length; at += size)
            {
                var span = bytes.AsSpan(at, Math.Min(size, bytes.Length - at));
                while (reader.Read(ref span, out var payload) is var next and not WebSocketInput.NeedMore)
                    found.Append(next).Append(' ').AppendLine(Convert.ToHexString(payload));
            }
        }
        catch (WebSocketException refused)
        {
            found.Append(refused.Code);
        }

        return found.ToString();
    }

    // Mostly right frames, so that the fuzzer comes past the first header.
    private static byte[] Framed(byte[] input, Random random)
    {
        var frames = new List<byte>();
        var opcode = 1;
        for (var at = 0; at < input.Length;)
        {
            var length = random.Next(Math.Min(input.Length - at, 200) + 1);
            var isFinal = random.Next(2) == 0;
            if (random.Next(8) == 0)
                Add(0x80 | random.Next(8, 11), random.Next(126), 0);
            Add((isFinal ? 0x80 : 0) | (random.Next(20) == 0 ? 0x40 : 0) | opcode, length, at);
            opcode = isFinal ? 1 : 0;
            at += Math.Max(length, 1);
        }

        return [.. frames];

        void Add(int first, int length, int from)
        {
            var mask = random.Next();
            frames.Add((byte)first);
            if (length < 126)
                frames.Add((byte)(0x80 | length));
            else
                frames.AddRange([0xFE, (byte)(length >> 8), (byte)length]);
            frames.AddRange(BitConverter.GetBytes(mask));
            for (var i = 0; i < length; i++)
                frames.Add((byte)(input[(from + i) % input.Length] ^ (mask >> (8 * (i % 4)))));
        }
    }
}
