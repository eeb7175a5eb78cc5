using System.Globalization;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>Which page of a result is asked for (XEP-0059 1.0 §2).</summary>
/// <param name="Max">The most items that the page may have; 0 asks for the count alone, null leaves it to the responder.</param>
/// <param name="After">The page begins behind the item of this id; null for the beginning.</param>
/// <param name="Before">The page ends before the item of this id; empty for the last page (§2.5), null for none.</param>
/// <param name="Index">The page begins with the item of this number, the first being 0; null for none.</param>
public sealed record ResultSetRequest(int? Max = null, string? After = null, string? Before = null, int? Index = null)
{
    /// <summary>Reads the element. A number beyond 2,147,483,647 counts as that.</summary>
    /// <exception cref="StanzaException">bad-request: a number is none or is negative, or index stands beside after or before.</exception>
    public static ResultSetRequest Parse(XmlElement set)
    {
        var request = new ResultSetRequest(
            Number(set, "max"), set.Child("after", ResultSet.Namespace)?.Text, set.Child("before", ResultSet.Namespace)?.Text, Number(set, "index"));
        return request.Index is null || (request.After is null && request.Before is null)
            ? request
            : throw new StanzaException(StanzaErrorCondition.BadRequest, "A page is asked for by its index or by an item beside it, not by both.");
    }

    /// <summary>Reads the element inside another; null when there is none.</summary>
    /// <exception cref="StanzaException">As <see cref="Parse"/> does.</exception>
    public static ResultSetRequest? In(XmlElement parent) => parent.Child(ResultSet.Name) is { } set ? Parse(set) : null;

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(ResultSet.Name);
        ResultSet.WriteOptional(writer, "max", Max?.ToString(CultureInfo.InvariantCulture));
        ResultSet.WriteOptional(writer, "after", After);
        ResultSet.WriteOptional(writer, "before", Before);
        ResultSet.WriteOptional(writer, "index", Index?.ToString(CultureInfo.InvariantCulture));
        writer.End();
    }

    private static int? Number(XmlElement set, string name)
    {
        if (set.Child(name, ResultSet.Namespace)?.Text.Trim() is not { } text)
        {
            return null;
        }

        // A number that is only too large asks for as much as there is.
        return text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('0', '9')
            ? throw new StanzaException(StanzaErrorCondition.BadRequest, $"<{name}/> takes a number from 0.")
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
    }
}

/// <summary>Which page of a result was given (XEP-0059 1.0 §2).</summary>
/// <param name="First">The id of the page's first item; null when the page is empty.</param>
/// <param name="Last">The id of its last item; null when the page is empty.</param>
/// <param name="FirstIndex">The number of the first item in the whole result, from 0; null when it is not known.</param>
/// <param name="Count">The items of the whole result; null when they were not counted.</param>
public sealed record ResultSet(string? First = null, string? Last = null, long? FirstIndex = null, long? Count = null)
{
    public const string Namespace = "http://jabber.org/protocol/rsm";

    public static readonly XmlName Name = new("set", Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: a number is none.</exception>
    public static ResultSet Parse(XmlElement set)
    {
        var first = set.Child("first", Namespace);
        return new ResultSet(first?.Text, set.Child("last", Namespace)?.Text, Number(first?.Attribute("index")), Number(set.Child("count", Namespace)?.Text));
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name);
        if (First is not null)
        {
            writer.Start("first").Attribute("index", FirstIndex?.ToString(CultureInfo.InvariantCulture)).Text(First).End();
        }

        WriteOptional(writer, "last", Last);
        WriteOptional(writer, "count", Count?.ToString(CultureInfo.InvariantCulture));
        writer.End();
    }

    internal static void WriteOptional(Utf8XmlWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.Element(name, null, text.Length == 0 ? null : text);
        }
    }

    private static long? Number(string? text) =>
        text is null ? null
        : long.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number
        : throw new StanzaException(StanzaErrorCondition.BadRequest, "An index or a count is no number.");
}
