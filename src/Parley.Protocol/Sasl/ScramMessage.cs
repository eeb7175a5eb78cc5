using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>Reads the attributes of a SCRAM message in the order that RFC 5802 §7 fixes.</summary>
internal sealed class ScramMessage(string text)
{
    private int _position;

    /// <summary>How many characters have been read, the comma behind the last attribute included.</summary>
    public int Position => _position;

    /// <summary>The value of the next attribute, which must have this name.</summary>
    /// <exception cref="SaslException">malformed-request: another attribute, none, an empty value or a NUL.</exception>
    public string Required(char name)
    {
        string attribute = Next();
        if (attribute is [var first, '=', _, ..] && first == name)
            return attribute[2..];
        throw SaslException.Malformed($"expected {name}=");
    }

    /// <summary>Everything to the next comma.</summary>
    public string Next()
    {
        if (_position > text.Length)
            throw SaslException.Malformed("message too short");
        int comma = text.IndexOf(',', _position);
        int end = comma < 0 ? text.Length : comma;
        string value = text[_position..end];
        _position = end + 1;
        return value.Contains('\0', StringComparison.Ordinal) ? throw SaslException.Malformed("NUL in a message") : value;
    }

    /// <summary>
    /// Passes over what later versions may add, up to the end or, if given, to the attribute that ends the message.
    /// </summary>
    /// <exception cref="SaslException">malformed-request: not attributes, or one that must be understood (<c>m=</c>).</exception>
    public void SkipExtensions(char? until = null)
    {
        while (_position <= text.Length)
        {
            var rest = text.AsSpan(_position);
            if (rest is not [var name, '=', _, ..] || !char.IsAsciiLetter(name))
                throw SaslException.Malformed("not an attribute");
            if (name == until)
                return;
            RefuseExtension();
            _ = Next();
        }
    }

    /// <summary>Stops at an extension that must be understood, <c>m=</c>: there is none that Parley does.</summary>
    /// <exception cref="SaslException">malformed-request.</exception>
    public void RefuseExtension()
    {
        if (text.AsSpan(Math.Min(_position, text.Length)).StartsWith("m=", StringComparison.Ordinal))
            throw SaslException.Malformed("mandatory extension not supported");
    }

    /// <summary>Makes sure that nothing is left.</summary>
    /// <exception cref="SaslException">malformed-request.</exception>
    public void End()
    {
        if (_position <= text.Length)
            throw SaslException.Malformed("the last attribute is not last");
    }

    /// <summary>A nonce: printable ASCII.</summary>
    /// <exception cref="SaslException">malformed-request.</exception>
    public string Nonce()
    {
        string nonce = Required('r');
        return nonce.AsSpan().ContainsAnyExceptInRange('!', '~') ? throw SaslException.Malformed("not a nonce") : nonce;
    }

    /// <summary>A base64 value.</summary>
    /// <exception cref="SaslException">malformed-request.</exception>
    public byte[] Bytes(char name) =>
        SaslEncoding.Strict(Encoding.UTF8.GetBytes(Required(name))) ?? throw SaslException.Malformed($"{name}= is not base64");

    /// <summary>Writes a name so that it has neither comma nor equals sign.</summary>
    public static string Escape(string name) =>
        name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);

    /// <summary>Reads what <see cref="Escape"/> wrote.</summary>
    /// <exception cref="SaslException">malformed-request: an equals sign that begins neither =2C nor =3D.</exception>
    public static string Unescape(string name)
    {
        if (!name.Contains('=', StringComparison.Ordinal))
            return name;
        var result = new StringBuilder(name.Length);
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] != '=')
            {
                result.Append(name[i]);
                continue;
            }

            result.Append(name.AsSpan(i + 1) switch
            {
                ['2', 'C', ..] => ',',
                ['3', 'D', ..] => '=',
                _ => throw SaslException.Malformed("bad escape in a name"),
            });
            i += 2;
        }

        return result.ToString();
    }
}
