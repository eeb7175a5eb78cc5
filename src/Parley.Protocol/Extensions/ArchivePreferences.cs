using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>Whose messages an archive keeps when its lists say nothing (XEP-0441 §2.1.1).</summary>
public enum ArchiveDefault
{
    /// <summary>Everybody's.</summary>
    Always,

    /// <summary>Those of the addresses in the account's roster.</summary>
    Roster,

    /// <summary>Nobody's.</summary>
    Never,
}

/// <summary>What an account wants archived (XEP-0441 0.2).</summary>
/// <param name="Default">What applies to addresses that are in neither list.</param>
/// <param name="Always">Addresses whose messages are archived: a bare one stands for all its resources.</param>
/// <param name="Never">Addresses whose messages are not, likewise; whoever is in both lists is in this one.</param>
public sealed record ArchivePreferences(ArchiveDefault Default, IReadOnlyList<Jid> Always, IReadOnlyList<Jid> Never)
{
    public static readonly XmlName Name = new("prefs", MessageArchive.Namespace);

    /// <summary>Reads the element. A list that is missing is empty; what is twice in a list counts once.</summary>
    /// <exception cref="StanzaException">bad-request: the default is missing or none of the three; jid-malformed: an entry is no address.</exception>
    public static ArchivePreferences Parse(XmlElement element) => new(
        element.RequiredAttribute("default") switch
        {
            "always" => ArchiveDefault.Always,
            "roster" => ArchiveDefault.Roster,
            "never" => ArchiveDefault.Never,
            _ => throw new StanzaException(StanzaErrorCondition.BadRequest, "The default is always, roster or never."),
        },
        List(element, "always"),
        List(element, "never"));

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("default", Default switch
        {
            ArchiveDefault.Always => "always",
            ArchiveDefault.Roster => "roster",
            _ => "never",
        });
        Write(writer, "always", Always);
        Write(writer, "never", Never);
        writer.End();
    }

    private static List<Jid> List(XmlElement element, string name)
    {
        var addresses = new OrderedDictionary<Jid, Jid>();
        if (element.Child(name, MessageArchive.Namespace) is { } list)
        {
            foreach (var child in list.Children)
            {
                if (child.Is("jid", MessageArchive.Namespace))
                {
                    var address = Jid.TryParse(child.Text.Trim(), out var jid) ? jid
                        : throw new StanzaException(StanzaErrorCondition.JidMalformed, $"An entry of <{name}/> is no address.");
                    addresses.TryAdd(address, address);
                }
            }
        }

        return [.. addresses.Keys];
    }

    private static void Write(Utf8XmlWriter writer, string name, IReadOnlyList<Jid> addresses)
    {
        writer.Start(name);
        foreach (var address in addresses)
        {
            writer.Element("jid", null, address.ToString());
        }

        writer.End();
    }
}
