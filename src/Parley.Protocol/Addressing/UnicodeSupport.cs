using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>Whether this process can normalize.</summary>
internal static class UnicodeSupport
{
    // With InvariantGlobalization the base class library returns such strings as they are, and one name would have two spellings.
    internal static readonly bool Normalizes = "e\u0301".Normalize() == "\u00E9";

    /// <summary>Whether a string is well-formed UTF-16, and ASCII where nothing else can be normalized.</summary>
    internal static bool CanPrepare(string value)
    {
        if (Ascii.IsValid(value))
            return true;
        return Normalizes && IsWellFormed(value);
    }

    private static bool IsWellFormed(ReadOnlySpan<char> value)
    {
        while (!value.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(value, out _, out var consumed) != System.Buffers.OperationStatus.Done)
                return false;
            value = value[consumed..];
        }

        return true;
    }
}
