using System.Text;

namespace Parley.Server.Storage;

/// <summary>Thirty-two bits of a message's id attribute, the same in every process, by which the few candidates among many messages are found (FNV-1a).</summary>
/// <remarks>Whoever sends messages can make equal ones: compare what is found.</remarks>
internal static class MessageIdHash
{
    public static long Of(string messageId)
    {
        uint hash = 2166136261;
        Span<byte> buffer = stackalloc byte[4];
        foreach (Rune rune in messageId.EnumerateRunes())
        {
            foreach (byte unit in buffer[..rune.EncodeToUtf8(buffer)])
                hash = (hash ^ unit) * 16777619;
        }

        return hash;
    }
}
