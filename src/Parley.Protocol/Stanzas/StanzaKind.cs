namespace Parley.Protocol.Stanzas;

/// <summary>The three kinds of stanza (RFC 6120 §8.2).</summary>
public enum StanzaKind : byte
{
    Message,
    Presence,
    Iq,
}
