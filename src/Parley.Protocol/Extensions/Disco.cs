using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>What an entity is (XEP-0030 §3.1).</summary>
/// <param name="Category">A category of the registry, such as <c>server</c>.</param>
/// <param name="Type">A type of that category, such as <c>im</c>.</param>
/// <param name="Name">A name for people, or null.</param>
/// <param name="Language">The language of the name, or null.</param>
public sealed record DiscoIdentity(string Category, string Type, string? Name = null, string? Language = null);

/// <summary>What is known of an entity or of one of its nodes: the payload of disco#info (XEP-0030 2.5 §3), extended with forms (XEP-0128 1.0).</summary>
/// <param name="Identities">At least one.</param>
/// <param name="Features">Namespaces and other feature names.</param>
/// <param name="Forms">Extended information, of type result.</param>
/// <param name="Node">The node, or null for the entity itself.</param>
public sealed record DiscoInfo(
    IReadOnlyList<DiscoIdentity> Identities, IReadOnlyList<string> Features, IReadOnlyList<DataForm> Forms, string? Node = null)
{
    public const string Namespace = "http://jabber.org/protocol/disco#info";

    /// <summary>Identities, features or forms that are read, each.</summary>
    public const int MaxEntries = 1024;

    public static readonly XmlName Name = new("query", Namespace);

    /// <summary>Reads a result; duplicates are kept, for capabilities are refused for them (XEP-0115 §5.4).</summary>
    /// <exception cref="StanzaException">bad-request: an attribute is missing, or a form is against XEP-0004; policy-violation: too much.</exception>
    public static DiscoInfo Parse(XmlElement query)
    {
        var identities = new List<DiscoIdentity>();
        var features = new List<string>();
        var forms = new List<DataForm>();
        foreach (var child in query.Children)
        {
            DataForm.Limit(Math.Max(identities.Count, Math.Max(features.Count, forms.Count)), MaxEntries, "identities, features or forms");
            if (child.Is("identity", Namespace))
            {
                identities.Add(new DiscoIdentity(
                    child.RequiredAttribute("category"), child.RequiredAttribute("type"), child.Attribute("name"), child.Attribute("lang", Namespaces.Xml)));
            }
            else if (child.Is("feature", Namespace))
            {
                features.Add(child.RequiredAttribute("var"));
            }
            else if (child.Is(DataForm.Name))
            {
                forms.Add(DataForm.Parse(child));
            }
        }

        return new DiscoInfo(identities, features, forms, query.Attribute("node"));
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("node", Node);
        foreach (var identity in Identities)
        {
            writer.Start("identity").Attribute("category", identity.Category).Attribute("type", identity.Type)
                .Attribute("name", identity.Name).Attribute("xml:lang", identity.Language).End();
        }

        foreach (var feature in Features)
        {
            writer.Start("feature").Attribute("var", feature).End();
        }

        foreach (var form in Forms)
        {
            form.WriteTo(writer);
        }

        writer.End();
    }
}

/// <summary>Something that belongs to an entity (XEP-0030 §4).</summary>
/// <param name="Jid">Its address.</param>
/// <param name="Name">A name for people, or null.</param>
/// <param name="Node">The node at that address, or null.</param>
public sealed record DiscoItem(Jid Jid, string? Name = null, string? Node = null);

/// <summary>What belongs to an entity or to one of its nodes: the payload of disco#items (XEP-0030 2.5 §4).</summary>
/// <param name="Items">The items; often none.</param>
/// <param name="Node">The node, or null for the entity itself.</param>
public sealed record DiscoItems(IReadOnlyList<DiscoItem> Items, string? Node = null)
{
    public const string Namespace = "http://jabber.org/protocol/disco#items";

    /// <summary>Items that are read.</summary>
    public const int MaxItems = 4096;

    public static readonly XmlName Name = new("query", Namespace);

    /// <summary>Reads a result.</summary>
    /// <exception cref="StanzaException">bad-request, jid-malformed: an item without an address; policy-violation: too many.</exception>
    public static DiscoItems Parse(XmlElement query)
    {
        var items = new List<DiscoItem>();
        foreach (var child in query.Children)
        {
            if (child.Is("item", Namespace))
            {
                DataForm.Limit(items.Count, MaxItems, "items");
                items.Add(new DiscoItem(child.RequiredJid(), child.Attribute("name"), child.Attribute("node")));
            }
        }

        return new DiscoItems(items, query.Attribute("node"));
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("node", Node);
        foreach (var item in Items)
        {
            writer.Start("item").Attribute("jid", item.Jid.ToString()).Attribute("name", item.Name).Attribute("node", item.Node).End();
        }

        writer.End();
    }
}
