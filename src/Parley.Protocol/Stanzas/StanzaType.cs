namespace Parley.Protocol.Stanzas;

/// <summary>The value of a stanza's <c>type</c> attribute (RFC 6120 §8.2.3, RFC 6121 §4.7.1 and §5.2.2).</summary>
public enum StanzaType : byte
{
    /// <summary>No attribute: a normal message, or available presence.</summary>
    None,

    /// <summary>A value that its kind of stanza does not define. A message counts as normal (RFC 6121 §5.2.2), presence and iq are refused.</summary>
    Unknown,
    Error,

    Normal,
    Chat,
    GroupChat,
    Headline,

    Unavailable,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
    Probe,

    Get,
    Set,
    Result,
}
