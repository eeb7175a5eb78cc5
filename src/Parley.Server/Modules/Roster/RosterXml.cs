using System.Globalization;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>Roster entries as their owner's clients read them (RFC 6121 §2.1).</summary>
internal static class RosterXml
{
    internal static readonly XmlName Query = new("query", Namespaces.Roster);
    internal static readonly XmlName Item = new("item", Namespaces.Roster);
    internal static readonly XmlName Group = new("group", Namespaces.Roster);

    /// <summary>A version as an attribute says it: opaque to the client.</summary>
    internal static string Version(long version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>Writes an entry; one that its owner does not see is written as removed.</summary>
    internal static void Write(Utf8XmlWriter writer, RosterItem item)
    {
        writer.Start(Item).Attribute("jid", item.Contact.Utf8);
        if (!item.InRoster)
        {
            writer.Attribute("subscription", "remove").End();
            return;
        }

        writer
            .Attribute("name", item.Name)
            .Attribute("subscription", Name(item.Subscription))
            .Attribute("ask", item.Ask ? "subscribe" : null)
            .Attribute("approved", item.Approved ? "true" : null);
        foreach (var group in item.Groups)
        {
            writer.Element(Group, group);
        }

        writer.End();
    }

    private static string Name(Subscription subscription) => subscription switch
    {
        Subscription.To => "to",
        Subscription.From => "from",
        Subscription.Both => "both",
        _ => "none",
    };
}
