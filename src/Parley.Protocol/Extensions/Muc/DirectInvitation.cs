using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>An invitation into a room that goes straight to who is invited (XEP-0249 1.2).</summary>
/// <param name="Room">The room.</param>
/// <param name="Password">Its password, or null.</param>
/// <param name="Reason">Why, for people, or null.</param>
/// <param name="Continued">Whether the room goes on with a one-to-one chat, and which; null where it does not.</param>
public sealed record DirectInvitation(Jid Room, string? Password = null, string? Reason = null, MucContinuation? Continued = null)
{
    public const string Namespace = "jabber:x:conference";

    public static readonly XmlName Name = new("x", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: there is no room, or <c>continue</c> is neither true nor false; jid-malformed: the room's address is none.</exception>
    public static DirectInvitation Parse(XmlElement element)
    {
        var continues = element.Attribute("continue") is { } text
            && (DataFormField.ParseBoolean(text) ?? throw new StanzaException(StanzaErrorCondition.BadRequest, "'continue' takes 'true' or 'false'."));
        return new DirectInvitation(
            element.RequiredJid(),
            element.Attribute("password"),
            element.Attribute("reason"),
            continues ? new MucContinuation(element.Attribute("thread")) : null);
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name)
            .Attribute("continue", Continued is null ? null : "true")
            .Attribute("jid", Room.ToString())
            .Attribute("password", Password)
            .Attribute("reason", Reason)
            .Attribute("thread", Continued?.Thread)
            .End();
    }
}
