using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace EchoGateway;

/// <summary>What the gateway says to a stanza: every address of its domain is somebody who repeats what they hear, and who is always there.</summary>
internal static class Echo
{
    private static readonly XmlName Body = new("body", Namespaces.Client);
    private static readonly XmlName Ping = new("ping", "urn:xmpp:ping");

    internal static IEnumerable<Stanza> Answer(Stanza stanza) => stanza.Kind switch
    {
        StanzaKind.Message => Repeat(stanza),
        StanzaKind.Presence => Appear(stanza),
        _ => Reply(stanza),
    };

    // An error is not answered: whoever answers errors may do so for ever.
    private static IEnumerable<Stanza> Repeat(Stanza message)
    {
        if (message.Type is StanzaType.Error or StanzaType.GroupChat || message.Child(Body) is not { } body)
        {
            yield break;
        }

        var text = body.Text;
        yield return Stanza.Create(StanzaKind.Message, message.Type, message.To, message.From, message.IdText, writer => writer.Element("body", Namespaces.Client, text));
    }

    // RFC 6121 §3 and §4, which are the component's own to keep for its addresses.
    private static IEnumerable<Stanza> Appear(Stanza presence)
    {
        var (us, them) = (presence.To!.Bare, presence.From!.Bare);
        switch (presence.Type)
        {
            case StanzaType.Subscribe:
                yield return Stanza.Create(StanzaKind.Presence, StanzaType.Subscribed, us, them);
                yield return Here(us, them);
                break;
            case StanzaType.Unsubscribe:
                yield return Stanza.Create(StanzaKind.Presence, StanzaType.Unavailable, us, them);
                yield return Stanza.Create(StanzaKind.Presence, StanzaType.Unsubscribed, us, them);
                break;
            case StanzaType.Probe:
                yield return Here(us, presence.From!);
                break;
        }
    }

    private static Stanza Here(Jid us, Jid them) => Stanza.Create(
        StanzaKind.Presence, StanzaType.None, us, them, null, static writer => writer.Element("status", Namespaces.Client, "I repeat what I hear."));

    private static IEnumerable<Stanza> Reply(Stanza iq)
    {
        if (!iq.IsRequest)
        {
            yield break;
        }

        if (iq.Type == StanzaType.Get && iq.Child(DiscoInfo.Name) is not null)
        {
            var info = new DiscoInfo([new DiscoIdentity("gateway", "xmpp", "Echo")], [DiscoInfo.Namespace, DiscoItems.Namespace, Ping.Namespace], []);
            yield return iq.Result(info.WriteTo);
        }
        else if (iq.Type == StanzaType.Get && iq.Child(DiscoItems.Name) is not null)
        {
            yield return iq.Result(new DiscoItems([]).WriteTo);
        }
        else if (iq.Type == StanzaType.Get && iq.Child(Ping) is not null)
        {
            yield return iq.Result();
        }
        else
        {
            yield return iq.ErrorReply(new StanzaError(StanzaErrorCondition.ServiceUnavailable));
        }
    }
}
