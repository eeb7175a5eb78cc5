using System.Globalization;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>What an occupant is in a room beside his role, such as its host (XEP-0317 0.3 §3.1).</summary>
/// <param name="Uri">What tells it from others.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Hue">The angle of its colour in degrees, or null.</param>
/// <param name="Language">The language of the title, as in xml:lang, or null.</param>
public sealed record Hat(string Uri, string Title, double? Hue = null, string? Language = null)
{
    public const string Namespace = "urn:xmpp:hats:0";

    public static readonly XmlName Name = new("hat", Namespace);

    /// <summary>Reads the element. What is in it beside is left out, and so is a colour that is none.</summary>
    /// <exception cref="StanzaException">bad-request: URI or title is missing.</exception>
    public static Hat Parse(XmlElement element) => new(
        element.RequiredAttribute("uri"),
        element.RequiredAttribute("title"),
        TryParseHue(element.Attribute("hue"), out var hue) ? hue : null,
        element.Attribute("lang", Namespaces.Xml));

    /// <summary>Writes the element in the namespace of the element around it.</summary>
    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start("hat").Attribute("title", Title).Attribute("uri", Uri).Attribute("hue", HueText).Attribute("xml:lang", Language).End();
    }

    /// <summary>Reads an angle from 0 to below 360 degrees; false when it is none.</summary>
    public static bool TryParseHue(string? text, out double hue) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out hue) && hue < 360;

    internal string? HueText => Hue?.ToString(CultureInfo.InvariantCulture);
}

/// <summary>All hats of an occupant, as the room adds them to his presence (XEP-0317 0.3 §3.1).</summary>
/// <param name="Worn">The hats.</param>
public sealed record Hats(IReadOnlyList<Hat> Worn)
{
    /// <summary>Hats that are read of one presence.</summary>
    public const int MaxWorn = 64;

    public static readonly XmlName Name = new("hats", Hat.Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">policy-violation: there are too many; as <see cref="Hat.Parse"/> does.</exception>
    public static Hats Parse(XmlElement element)
    {
        var worn = new List<Hat>();
        foreach (var child in element.Children)
        {
            if (child.Is(Hat.Name))
            {
                DataForm.Limit(worn.Count, MaxWorn, "hats");
                worn.Add(Hat.Parse(child));
            }
        }

        return new Hats(worn);
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name);
        foreach (var hat in Worn)
        {
            hat.WriteTo(writer);
        }

        writer.End();
    }
}
