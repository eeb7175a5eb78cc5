using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>What moderators and admins ask of a room, and its answer: a list of occupants or users, or changes of them (XEP-0045 1.35 §8, §9).</summary>
/// <param name="Items">The items, in their order.</param>
public sealed record MucAdmin(IReadOnlyList<MucItem> Items)
{
    public const string Namespace = "http://jabber.org/protocol/muc#admin";

    /// <summary>Items that are read of one element. More than a room's longest list needs.</summary>
    public const int MaxItems = 4096;

    public static readonly XmlName Name = new("query", Namespace);

    private static readonly XmlName Item = new("item", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: it has no item; policy-violation: it has too many; as <see cref="MucItem.Parse"/> otherwise.</exception>
    public static MucAdmin Parse(XmlElement query)
    {
        var items = new List<MucItem>();
        foreach (var child in query.Children)
        {
            if (child.Is(Item))
            {
                DataForm.Limit(items.Count, MaxItems, "items");
                items.Add(MucItem.Parse(child));
            }
        }

        return items.Count > 0 ? new MucAdmin(items) : throw new StanzaException(StanzaErrorCondition.BadRequest, "There is no <item/>.");
    }

    /// <summary>Reads an answer, which may be an empty list.</summary>
    /// <exception cref="StanzaException">As <see cref="Parse"/> does.</exception>
    public static MucAdmin ParseResult(XmlElement query) => query.Child(Item) is null ? new MucAdmin([]) : Parse(query);

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name);
        foreach (var item in Items)
        {
            item.WriteTo(writer);
        }

        writer.End();
    }
}
