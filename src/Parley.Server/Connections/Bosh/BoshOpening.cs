using Parley.Protocol.Streams;
using Parley.Protocol.Xml;

namespace Parley.Server.Connections.Bosh;

/// <summary>What a request says that opens a session (XEP-0124 §7.1, XEP-0206 §3), or a stream anew (XEP-0206 §5).</summary>
public sealed class BoshOpening
{
    private const int MaxContentLength = 128;

    /// <summary>The domain that the client wants to talk to; null or empty where it does not say.</summary>
    public string? To { get; private set; }

    /// <summary>Who the client says it is; it decides nothing.</summary>
    public string? From { get; private set; }

    /// <summary>The language of what the client writes (xml:lang), or null.</summary>
    public string? Language { get; private set; }

    /// <summary>The version of XMPP; 1.0 where the client does not say.</summary>
    public (int Major, int Minor)? XmppVersion { get; private set; } = (1, 0);

    /// <summary>The version of BOSH, or null: a client from before 1.6.</summary>
    public (int Major, int Minor)? Version { get; private set; }

    /// <summary>Seconds for which a request may be held, or null.</summary>
    public int? Wait { get; private set; }

    /// <summary>Requests that may be held, or null.</summary>
    public int? Hold { get; private set; }

    /// <summary>The Content-Type that the client wants answers to have.</summary>
    public string Content { get; private set; } = "text/xml; charset=utf-8";

    /// <summary>Whether the client will acknowledge answers.</summary>
    public bool UsesAcks { get; private set; }

    /// <summary>Whether all attributes have values that they can have.</summary>
    public bool IsAcceptable { get; private set; } = true;

    /// <summary>Reads the open tag of a wrapper once more, for what only such a request says.</summary>
    /// <param name="tag">The tag, which <see cref="BoshBody"/> has read and found well-formed.</param>
    public static BoshOpening Read(ReadOnlySpan<byte> tag)
    {
        var opening = new BoshOpening();
        var reader = new Utf8XmlReader(tag, outer: null, openTagOnly: true);
        reader.Read();
        for (var i = 0; i < reader.AttributeCount; i++)
        {
            opening.Take(reader.AttributeNamespaceUri(i), reader.AttributeLocalName(i), reader.AttributeValue(i));
        }

        return opening;
    }

    /// <summary>The header of the stream within: one that arrives over TCP would say the same.</summary>
    /// <param name="domain">Where the last one went, for one that does not say.</param>
    /// <param name="language">The language of the last one, likewise.</param>
    internal StreamHeader Header(string? domain, string? language) => new()
    {
        To = To ?? domain,
        From = From,
        Language = Language ?? language,
        Version = XmppVersion,
    };

    private void Take(ReadOnlySpan<byte> ns, ReadOnlySpan<byte> name, XmlAttributeValue value)
    {
        if (ns.SequenceEqual(BoshSyntax.XmlNamespace) && name.SequenceEqual("lang"u8))
        {
            Language = value.ToString();
        }
        else if (ns.SequenceEqual(BoshSyntax.XmppNamespace) && name.SequenceEqual("version"u8))
        {
            XmppVersion = ParseVersion(value);
        }
        else if (ns.IsEmpty)
        {
            Take(name, value);
        }
    }

    private void Take(ReadOnlySpan<byte> name, XmlAttributeValue value)
    {
        if (name.SequenceEqual("to"u8))
        {
            To = value.ToString();
        }
        else if (name.SequenceEqual("from"u8))
        {
            From = value.ToString();
        }
        else if (name.SequenceEqual("ver"u8))
        {
            Version = ParseVersion(value);
            IsAcceptable &= Version is not null;
        }
        else if (name.SequenceEqual("wait"u8))
        {
            IsAcceptable &= BoshSyntax.TryCount(value, out var wait);
            Wait = wait;
        }
        else if (name.SequenceEqual("hold"u8))
        {
            IsAcceptable &= BoshSyntax.TryCount(value, out var hold);
            Hold = hold;
        }
        else if (name.SequenceEqual("ack"u8))
        {
            UsesAcks = value.Equals("1"u8);
        }
        else if (name.SequenceEqual("content"u8))
        {
            TakeContent(value);
        }
    }

    // It becomes a header: printable ASCII, and a media type.
    private void TakeContent(XmlAttributeValue value)
    {
        var text = value.ToString();
        if (text.Length <= MaxContentLength && text.All(static c => c is >= ' ' and < '\x7F')
            && System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(text, out _))
        {
            Content = text;
        }
        else
        {
            IsAcceptable = false;
        }
    }

    private static (int Major, int Minor)? ParseVersion(XmlAttributeValue value)
    {
        var text = value.ToString();
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && int.TryParse(text.AsSpan(0, dot), System.Globalization.NumberStyles.None, null, out var major)
            && int.TryParse(text.AsSpan(dot + 1), System.Globalization.NumberStyles.None, null, out var minor)
            ? (major, minor)
            : null;
    }
}
