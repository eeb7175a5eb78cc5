namespace Parley.Protocol.Xml;

/// <summary>What <see cref="StanzaScanner.Read"/> found.</summary>
public enum ScanResult
{
    /// <summary>All input is consumed, and no token is complete.</summary>
    NeedMore,

    /// <summary>The open tag of the root: a stream header, without its XML declaration.</summary>
    StreamOpen,

    /// <summary>A whole top-level element: a stanza, or an element of negotiation.</summary>
    Element,

    /// <summary>The close tag of the root; empty where the root closed itself.</summary>
    StreamClose,
}

/// <summary>How elements arrive.</summary>
public enum ScannerMode
{
    /// <summary>As children of one endless root (RFC 6120 §4).</summary>
    Stream,

    /// <summary>Each on its own (WebSocket, RFC 7395; BOSH, XEP-0124).</summary>
    Document,
}

/// <summary>Cuts a byte stream into top-level elements, and refuses what XMPP forbids as soon as it is seen.</summary>
public sealed class StanzaScanner(XmlLimits limits, ScannerMode mode = ScannerMode.Stream)
{
    /// <summary>The limits in force; a change applies from the next byte on.</summary>
    public XmlLimits Limits { get; set; } = limits;

    /// <summary>Whether a token has begun; white space between stanzas does not begin one.</summary>
    public bool HasPartial => throw new NotImplementedException(mode.ToString());

    /// <summary>Takes the next token off the front of <paramref name="input"/>.</summary>
    public ScanResult Read(ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> token) => throw new NotImplementedException();

    /// <summary>Forgets everything and expects a new stream header (or document).</summary>
    public void Reset() => throw new NotImplementedException();
}
