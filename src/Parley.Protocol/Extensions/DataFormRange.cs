using System.Globalization;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>The whole numbers that a form field takes (XEP-0122 1.0 §3.2.3, datatype <c>xs:integer</c>).</summary>
/// <param name="Minimum">The lowest, or null for no such limit.</param>
/// <param name="Maximum">The highest, or null for no such limit.</param>
public sealed record DataFormRange(long? Minimum = null, long? Maximum = null)
{
    private const string Integer = "xs:integer";

    public override string ToString() =>
        $"a whole number{(Minimum is { } minimum ? $" from {minimum}" : "")}{(Maximum is { } maximum ? $" to {maximum}" : "")}";

    /// <summary>Whether a value is such a number.</summary>
    internal bool Includes(string value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && !(number < Minimum) && !(number > Maximum);

    /// <summary>Reads it out of a <c>validate</c> element; null when that is for something else. A limit that is no number is none.</summary>
    internal static DataFormRange? In(XmlElement validate) =>
        validate.Attribute("datatype") == Integer && validate.Child("range", validate.NamespaceUri) is { } range
            ? new DataFormRange(Limit(range, "min"), Limit(range, "max"))
            : null;

    /// <summary>Writes what a <c>validate</c> element holds.</summary>
    internal void WriteTo(Utf8XmlWriter writer) => writer
        .Attribute("datatype", Integer)
        .Start("range")
        .Attribute("min", Minimum?.ToString(CultureInfo.InvariantCulture))
        .Attribute("max", Maximum?.ToString(CultureInfo.InvariantCulture))
        .End();

    private static long? Limit(XmlElement range, string name) =>
        long.TryParse(range.Attribute(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit) ? limit : null;
}
