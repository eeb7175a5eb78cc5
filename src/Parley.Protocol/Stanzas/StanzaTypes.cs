namespace Parley.Protocol.Stanzas;

/// <summary>The wire names of <see cref="StanzaType"/>.</summary>
public static class StanzaTypes
{
    /// <summary>The attribute's value; empty for <see cref="StanzaType.None"/> and <see cref="StanzaType.Unknown"/>, which are written without one.</summary>
    public static ReadOnlySpan<byte> Utf8Name(this StanzaType type) => type switch
    {
        StanzaType.Error => "error"u8,
        StanzaType.Normal => "normal"u8,
        StanzaType.Chat => "chat"u8,
        StanzaType.GroupChat => "groupchat"u8,
        StanzaType.Headline => "headline"u8,
        StanzaType.Unavailable => "unavailable"u8,
        StanzaType.Subscribe => "subscribe"u8,
        StanzaType.Subscribed => "subscribed"u8,
        StanzaType.Unsubscribe => "unsubscribe"u8,
        StanzaType.Unsubscribed => "unsubscribed"u8,
        StanzaType.Probe => "probe"u8,
        StanzaType.Get => "get"u8,
        StanzaType.Set => "set"u8,
        StanzaType.Result => "result"u8,
        _ => default,
    };

    /// <summary>Reads the attribute's value as <paramref name="kind"/> defines it.</summary>
    public static StanzaType Parse(StanzaKind kind, ReadOnlySpan<byte> value) => kind switch
    {
        StanzaKind.Message when value.SequenceEqual("chat"u8) => StanzaType.Chat,
        StanzaKind.Message when value.SequenceEqual("groupchat"u8) => StanzaType.GroupChat,
        StanzaKind.Message when value.SequenceEqual("normal"u8) => StanzaType.Normal,
        StanzaKind.Message when value.SequenceEqual("headline"u8) => StanzaType.Headline,
        StanzaKind.Presence when value.SequenceEqual("unavailable"u8) => StanzaType.Unavailable,
        StanzaKind.Presence when value.SequenceEqual("subscribe"u8) => StanzaType.Subscribe,
        StanzaKind.Presence when value.SequenceEqual("subscribed"u8) => StanzaType.Subscribed,
        StanzaKind.Presence when value.SequenceEqual("unsubscribe"u8) => StanzaType.Unsubscribe,
        StanzaKind.Presence when value.SequenceEqual("unsubscribed"u8) => StanzaType.Unsubscribed,
        StanzaKind.Presence when value.SequenceEqual("probe"u8) => StanzaType.Probe,
        StanzaKind.Iq when value.SequenceEqual("get"u8) => StanzaType.Get,
        StanzaKind.Iq when value.SequenceEqual("set"u8) => StanzaType.Set,
        StanzaKind.Iq when value.SequenceEqual("result"u8) => StanzaType.Result,
        _ when value.SequenceEqual("error"u8) => StanzaType.Error,
        _ => StanzaType.Unknown,
    };
}
