using System.Globalization;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>How a client says that it enters a room: the <c>x</c> element of its first presence (XEP-0045 1.35 §7.2).</summary>
/// <param name="Password">The room's password as the client knows it, or null.</param>
/// <param name="History">How much history it wants; null for as much as the room gives.</param>
public sealed record MucEnter(string? Password = null, MucHistoryRequest? History = null)
{
    public const string Namespace = "http://jabber.org/protocol/muc";

    public static readonly XmlName Name = new("x", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: a number or a time in <c>history</c> is none.</exception>
    public static MucEnter Parse(XmlElement element) => new(
        element.Child("password", Namespace)?.Text,
        element.Child("history", Namespace) is { } history ? MucHistoryRequest.Parse(history) : null);

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name);
        History?.WriteTo(writer);
        if (Password is not null)
        {
            writer.Element("password", null, Password);
        }

        writer.End();
    }
}

/// <summary>How much of a room's history a client wants; every limit that is set holds (XEP-0045 §7.2.13).</summary>
/// <param name="MaxChars">Characters of all messages, as whole stanzas, or null for any number.</param>
/// <param name="MaxStanzas">Messages, or null for any number.</param>
/// <param name="Seconds">Only what is not older than so many seconds, or null.</param>
/// <param name="Since">Only what was received since then, or null.</param>
public sealed record MucHistoryRequest(int? MaxChars = null, int? MaxStanzas = null, int? Seconds = null, DateTimeOffset? Since = null)
{
    internal static MucHistoryRequest Parse(XmlElement element) => new(
        Number(element, "maxchars"), Number(element, "maxstanzas"), Number(element, "seconds"), Time(element));

    internal void WriteTo(Utf8XmlWriter writer) => writer.Start("history")
        .Attribute("maxchars", MaxChars?.ToString(CultureInfo.InvariantCulture))
        .Attribute("maxstanzas", MaxStanzas?.ToString(CultureInfo.InvariantCulture))
        .Attribute("seconds", Seconds?.ToString(CultureInfo.InvariantCulture))
        .Attribute("since", Since is { } since ? DateTimeProfile.Format(since) : null)
        .End();

    private static int? Number(XmlElement element, string name)
    {
        if (element.Attribute(name) is not { } text)
        {
            return null;
        }

        // A number that is only too large asks for as much as there is.
        return text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('0', '9')
            ? throw new StanzaException(StanzaErrorCondition.BadRequest, $"'{name}' takes a number from 0.")
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
    }

    private static DateTimeOffset? Time(XmlElement element) =>
        element.Attribute("since") is not { } text ? null
        : DateTimeProfile.TryParse(text, out var since) ? since
        : throw new StanzaException(StanzaErrorCondition.BadRequest, "'since' takes a time.");
}
