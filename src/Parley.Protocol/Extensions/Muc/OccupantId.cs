using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>The name of an occupant that stays the same under any nickname, and tells nobody his address (XEP-0421 1.0).</summary>
public static class OccupantId
{
    public const string Namespace = "urn:xmpp:occupant-id:0";

    public static readonly XmlName Name = new("occupant-id", Namespace);

    /// <summary>Writes the element.</summary>
    public static void Write(Utf8XmlWriter writer, string id)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("id", id).End();
    }
}
