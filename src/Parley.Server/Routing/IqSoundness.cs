using Parley.Protocol.Stanzas;

namespace Parley.Server.Routing;

/// <summary>Whether an iq may be routed at all.</summary>
internal static class IqSoundness
{
    /// <summary>An id, one of four types, and exactly one child in a request (RFC 6120 §8.2.3).</summary>
    internal static bool IsSoundIq(this Stanza iq) =>
        iq.HasId && iq.Type switch
        {
            StanzaType.Get or StanzaType.Set => iq.Children.Count == 1,
            StanzaType.Result => iq.Children.Count <= 1,
            StanzaType.Error => true,
            _ => false,
        };
}
