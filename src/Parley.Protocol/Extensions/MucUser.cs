using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>What a room tells its occupants (XEP-0045 1.35, muc#user).</summary>
public static class MucUser
{
    public const string Namespace = "http://jabber.org/protocol/muc#user";

    public static readonly XmlName Name = new("x", Namespace);
    public static readonly XmlName Invite = new("invite", Namespace);
    public static readonly XmlName Status = new("status", Namespace);
}
