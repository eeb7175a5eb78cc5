using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>Characters that a localpart cannot hold, written as <c>\xx</c> (XEP-0106).</summary>
public static class JidEscaping
{
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" \"&'/:<>@");
    private static readonly SearchValues<char> Special = SearchValues.Create(" \"&'/:<>@\\");

    /// <summary>Makes a localpart of a name from elsewhere; it is still to be prepared, as by <see cref="Jid.Create"/>.</summary>
    /// <exception cref="JidFormatException">It starts or ends with a space (XEP-0106 §4.1).</exception>
    public static string Escape(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.StartsWith(' ') || value.EndsWith(' '))
            throw new JidFormatException("A space cannot be escaped at the start or the end of a localpart.");
        if (!value.AsSpan().ContainsAny(Special))
            return value;
        var escaped = new StringBuilder(value.Length + 16);
        for (var i = 0; i < value.Length; i++)
        {
            if (Forbidden.Contains(value[i]) || TryReadEscape(value, i, out _))
                escaped.Append(CultureInfo.InvariantCulture, $"\\{(int)value[i]:x2}");
            else
                escaped.Append(value[i]);
        }

        return escaped.ToString();
    }

    /// <summary>The name to show for a localpart; never to be compared, nor sent as an address.</summary>
    /// <remarks>A <c>\20</c> at the start or the end is no escape, and stays as it is (XEP-0106 §4.1).</remarks>
    public static string Unescape(string local)
    {
        ArgumentNullException.ThrowIfNull(local);
        if (!local.Contains('\\', StringComparison.Ordinal))
            return local;
        var unescaped = new StringBuilder(local.Length);
        for (var i = 0; i < local.Length; i++)
        {
            if (TryReadEscape(local, i, out var character) && !(character == ' ' && (i == 0 || i + 3 == local.Length)))
            {
                unescaped.Append(character.Value);
                i += 2;
            }
            else
            {
                unescaped.Append(local[i]);
            }
        }

        return unescaped.ToString();
    }

    // Only lower-case digits make an escape, for a prepared localpart has no others.
    private static bool TryReadEscape(ReadOnlySpan<char> value, int index, [NotNullWhen(true)] out char? character)
    {
        character = null;
        if (value[index] != '\\' || value.Length - index < 3)
            return false;
        var digits = value.Slice(index + 1, 2);
        if (digits.ContainsAnyInRange('A', 'F')
            || !byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !Special.Contains((char)code))
            return false;
        character = (char)code;
        return true;
    }
}
