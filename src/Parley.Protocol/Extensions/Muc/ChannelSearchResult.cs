using System.Globalization;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>Rooms that a search has found (XEP-0433 0.1 §4.2.2, §6.2).</summary>
/// <param name="Items">The rooms.</param>
/// <param name="Page">Which page of the result they are; null where it is all.</param>
public sealed record ChannelSearchResult(IReadOnlyList<ChannelSearchItem> Items, ResultSet? Page = null)
{
    /// <summary>Items that are read of one page.</summary>
    public const int MaxItems = 4096;

    public static readonly XmlName Name = new("result", ChannelSearch.Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: an item has no address, or a number is none; jid-malformed: an address is none; policy-violation: there are too many items.</exception>
    public static ChannelSearchResult Parse(XmlElement element)
    {
        var items = new List<ChannelSearchItem>();
        foreach (var child in element.Children)
        {
            if (child.Is(ChannelSearchItem.Name))
            {
                DataForm.Limit(items.Count, MaxItems, "items");
                items.Add(ChannelSearchItem.Parse(child));
            }
        }

        return new ChannelSearchResult(items, element.Child(ResultSet.Name) is { } set ? ResultSet.Parse(set) : null);
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name);
        foreach (var item in Items)
        {
            item.WriteTo(writer);
        }

        Page?.WriteTo(writer);
        writer.End();
    }
}

/// <summary>A room that a search has found; what is null is not told.</summary>
/// <param name="Address">Its address.</param>
public sealed record ChannelSearchItem(Jid Address)
{
    /// <summary>The mode in which everybody sees everybody's address.</summary>
    public const string NoAnonymity = "{urn:xmpp:channel-search:0:anonymity}none";

    /// <summary>The mode in which moderators alone see addresses (XEP-0045).</summary>
    public const string SemiAnonymous = "muc_semianonymous";

    public static readonly XmlName Name = new("item", ChannelSearch.Namespace);

    /// <summary>Its name for people.</summary>
    public string? Title { get; init; }

    public string? Description { get; init; }

    /// <summary>The language that is spoken, as in xml:lang.</summary>
    public string? Language { get; init; }

    /// <summary>How many occupants there are.</summary>
    public int? Users { get; init; }

    /// <summary>The type of its service, such as <see cref="ChannelSearch.RoomType"/>.</summary>
    public string? ServiceType { get; init; }

    /// <summary>Whether anybody may enter, without a password or an affiliation.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Who sees real addresses: <see cref="NoAnonymity"/>, <see cref="SemiAnonymous"/> or another.</summary>
    public string? AnonymityMode { get; init; }

    internal static ChannelSearchItem Parse(XmlElement element) =>
        new(element.RequiredJid("address"))
        {
            Title = Text(element, "name"),
            Description = Text(element, "description"),
            Language = Text(element, "language"),
            Users = Text(element, "nusers") is { } users ? Number(users) : null,
            ServiceType = Text(element, "service-type"),

            // An empty element, as in the example, says yes.
            IsOpen = Text(element, "is-open") is { } open && DataFormField.ParseBoolean(open.Trim()) != false,
            AnonymityMode = Text(element, "anonymity-mode"),
        };

    internal void WriteTo(Utf8XmlWriter writer)
    {
        writer.Start("item").Attribute("address", Address.ToString());
        ResultSet.WriteOptional(writer, "name", Title);
        ResultSet.WriteOptional(writer, "description", Description);
        ResultSet.WriteOptional(writer, "language", Language);
        ResultSet.WriteOptional(writer, "nusers", Users?.ToString(CultureInfo.InvariantCulture));
        ResultSet.WriteOptional(writer, "service-type", ServiceType);
        ResultSet.WriteOptional(writer, "is-open", IsOpen ? "" : null);
        ResultSet.WriteOptional(writer, "anonymity-mode", AnonymityMode);
        writer.End();
    }

    private static string? Text(XmlElement element, string name) => element.Child(name, ChannelSearch.Namespace)?.Text;

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StanzaException(StanzaErrorCondition.BadRequest, "<nusers/> holds no number.");
}
