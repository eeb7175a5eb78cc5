namespace Parley.Protocol.Addressing;

/// <summary>A string is no XMPP address, or no string of a PRECIS profile. On the wire: <c>jid-malformed</c> (RFC 6120 §8.3.3.8).</summary>
public sealed class JidFormatException : FormatException
{
    public JidFormatException()
        : this("Not an XMPP address.")
    {
    }

    public JidFormatException(string message)
        : base(message)
    {
    }

    public JidFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
