using Parley.Protocol;
using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.TestKit;

namespace Parley.Server.Tests.Muc;

/// <summary>Whether a stanza is the one that an example shows, whatever the order of attributes and elements.</summary>
/// <remarks>
/// In what is expected, <c>*</c> stands for any text or value, and <c>...</c> inside an element for more elements in it. What the text leaves open may be there though it is not shown: an id,
/// a language, the room's marks (XEP-0359, XEP-0421), who an error is by, its text, what it answers (RFC 6120 §8.3.1), and the words of a form (§10.1.3: its layout is the service's).
/// </remarks>
internal static class StanzaLikeness
{
    /// <summary>What differs, or null.</summary>
    /// <param name="expected">The stanza of the example.</param>
    /// <param name="actual">The one that came.</param>
    /// <param name="to">To whom it goes, which <paramref name="expected"/> may say of several.</param>
    internal static string? Difference(XmlElement expected, XmlElement actual, string to) =>
        actual.Attribute("to") == to ? Difference(expected, actual, true) : $"to='{actual.Attribute("to")}' instead of '{to}'";

    private static string? Difference(XmlElement expected, XmlElement actual, bool isStanza)
    {
        if (!actual.Is(expected.LocalName, expected.NamespaceUri))
        {
            return $"{actual.LocalName} instead of {expected.LocalName}";
        }

        foreach (var attribute in expected.Attributes)
        {
            var value = actual.Attribute(attribute.LocalName, attribute.NamespaceUri);
            var isSeen = isStanza && attribute.LocalName == "to";
            if (!isSeen && (value is null || (attribute.Value != "*" && attribute.Value != value)))
            {
                return $"{attribute.LocalName}='{value}' instead of '{attribute.Value}' in {expected.LocalName}";
            }
        }

        foreach (var attribute in actual.Attributes)
        {
            if (expected.Attribute(attribute.LocalName, attribute.NamespaceUri) is null && !MayHave(actual, attribute, isStanza))
            {
                return $"{attribute.LocalName}='{attribute.Value}' in {expected.LocalName}";
            }
        }

        return DifferenceOfContent(expected, actual, isStanza);
    }

    private static string? DifferenceOfContent(XmlElement expected, XmlElement actual, bool isStanza)
    {
        var (rest, missing) = (new List<XmlElement>(), new List<XmlElement>());
        foreach (var child in actual.Children)
        {
            rest.Add(child);
        }

        foreach (var child in expected.Children)
        {
            var found = rest.FindIndex(candidate => Difference(child, candidate, false) is null);
            if (found >= 0)
            {
                rest.RemoveAt(found);
            }
            else
            {
                missing.Add(child);
            }
        }

        if (missing.Count > 0)
        {
            var near = rest.FindIndex(candidate => candidate.Is(missing[0].LocalName, missing[0].NamespaceUri) && candidate.Attribute("var") == missing[0].Attribute("var"));
            return near < 0 ? $"no {missing[0].ToText()}" : Difference(missing[0], rest[near], false);
        }

        var text = expected.Text.Trim();
        if (!text.Contains("...", StringComparison.Ordinal))
        {
            foreach (var child in rest)
            {
                if (!MayHave(actual, child, isStanza))
                {
                    return $"also {child.ToText()}";
                }
            }
        }

        return expected.HasChildren || text.Contains("...", StringComparison.Ordinal) || text == "*" || text == actual.Text.Trim() ? null : $"'{actual.Text}' instead of '{text}' in {expected.LocalName}";
    }

    private static bool MayHave(XmlElement element, XmlAttribute attribute, bool isStanza) =>
        attribute.NamespaceUri == Namespaces.Xml
        || (isStanza && attribute.LocalName == "id")
        || (element.Is("error", Namespaces.Client) && attribute.LocalName == "by")
        || (element.Is("field", DataForm.Namespace) && attribute.LocalName is "label" or "type");

    private static bool MayHave(XmlElement element, XmlElement child, bool isStanza) =>
        isStanza ? child.Is("stanza-id", "urn:xmpp:sid:0") || child.Is("occupant-id", "urn:xmpp:occupant-id:0") || element.Attribute("type") == "error"
        : element.Is("error", Namespaces.Client) ? child.Is("text", Namespaces.StanzaErrors)
        : child.Is("validate", "http://jabber.org/protocol/xdata-validate") || (child.NamespaceUri == DataForm.Namespace && (child.LocalName is "title" or "instructions" or "option" or "required" || child.Attribute("type") == "fixed"));
}
