using System.Globalization;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>What a room tells its occupants and users (XEP-0045 1.35, muc#user).</summary>
public sealed record MucUser
{
    public const string Namespace = "http://jabber.org/protocol/muc#user";

    public static readonly XmlName Name = new("x", Namespace);
    public static readonly XmlName Invite = new("invite", Namespace);
    public static readonly XmlName Decline = new("decline", Namespace);
    public static readonly XmlName Destroy = new("destroy", Namespace);
    public static readonly XmlName Item = new("item", Namespace);
    public static readonly XmlName Status = new("status", Namespace);

    /// <summary>Whom a presence is about; null for nobody.</summary>
    public MucItem? About { get; init; }

    /// <summary>Status codes (<see cref="MucStatus"/>).</summary>
    public IReadOnlyList<int> Statuses { get; init; } = [];

    /// <summary>Writes further elements, such as an invitation, in the namespace of this one; null for none.</summary>
    public Action<Utf8XmlWriter>? Further { get; init; }

    /// <summary>Reads the element; codes that are no numbers are left out.</summary>
    /// <exception cref="StanzaException">As <see cref="MucItem.Parse"/> does.</exception>
    public static MucUser Parse(XmlElement element)
    {
        var statuses = new List<int>();
        foreach (var child in element.Children)
        {
            if (child.Is(Status) && int.TryParse(child.Attribute("code"), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            {
                statuses.Add(code);
            }
        }

        return new MucUser { About = element.Child(Item) is { } item ? MucItem.Parse(item) : null, Statuses = statuses };
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name);
        About?.WriteTo(writer);
        Further?.Invoke(writer);
        foreach (var status in Statuses)
        {
            WriteStatus(writer, status);
        }

        writer.End();
    }

    /// <summary>Writes a status code in the namespace of the element around it.</summary>
    public static void WriteStatus(Utf8XmlWriter writer, int code)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start("status").Attribute("code", code.ToString(CultureInfo.InvariantCulture)).End();
    }
}
