using System.Buffers;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>Localpart and resourcepart: how they are prepared (RFC 7622 §3.3, §3.4).</summary>
internal static class JidPart
{
    /// <summary>The most bytes, or chars, that a part may have before preparation. None that is longer shrinks to 1023 bytes.</summary>
    internal const int MaxInputLength = 4 * Jid.MaxPartLength;

    // RFC 7622 §3.3.1 forbids these beyond what the profile of user names does.
    private static readonly SearchValues<char> ForbiddenInLocal = SearchValues.Create("\"&'/:<>@");

    private static readonly SearchValues<byte> PlainLocal =
        SearchValues.Create("!#$%()*+,-.0123456789;=?ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Whether a localpart, which may be none, is ASCII and needs nothing but lower case.</summary>
    internal static bool IsPlainLocal(ReadOnlySpan<byte> local) =>
        local.Length <= Jid.MaxPartLength && !local.ContainsAnyExcept(PlainLocal);

    /// <summary>Whether a resourcepart, which may be none, is ASCII and prepared as it is.</summary>
    internal static bool IsPlainResource(ReadOnlySpan<byte> resource) =>
        resource.Length <= Jid.MaxPartLength && !resource.ContainsAnyExceptInRange((byte)' ', (byte)'~');

    internal static bool TryPrepareLocal(ReadOnlySpan<byte> local, out byte[] prepared) =>
        TryPrepare(local, Precis.UsernameCaseMapped, out prepared, out var text) && !text.AsSpan().ContainsAny(ForbiddenInLocal);

    internal static bool TryPrepareResource(ReadOnlySpan<byte> resource, out byte[] prepared) =>
        TryPrepare(resource, Precis.OpaqueString, out prepared, out _);

    private static bool TryPrepare(ReadOnlySpan<byte> part, PrecisProfile profile, out byte[] prepared, out string text)
    {
        (prepared, text) = ([], "");
        if (part.Length > MaxInputLength || !Utf8Text.TryDecode(part, out var value) || !profile.TryEnforce(value, out var enforced))
            return false;
        text = enforced;
        prepared = Encoding.UTF8.GetBytes(enforced);
        return prepared.Length <= Jid.MaxPartLength;
    }
}
