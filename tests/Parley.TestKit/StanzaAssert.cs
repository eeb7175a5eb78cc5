using Parley.Protocol;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.TestKit;

/// <summary>What a test asks of a stanza.</summary>
public static class StanzaAssert
{
    /// <summary>The stanza is an error with this condition and type (RFC 6120 §8.3).</summary>
    /// <returns>The <c>&lt;error/&gt;</c> element.</returns>
    public static XmlElement IsError(this XmlElement stanza, string condition, string type)
    {
        Assert.Equal("error", stanza.Attribute("type"));
        var error = stanza.Child("error", stanza.NamespaceUri);
        Assert.True(error is not null, stanza.ToText());
        Assert.True(error.Value.Child(condition, Namespaces.StanzaErrors) is not null, stanza.ToText());
        Assert.Equal(type, error.Value.Attribute("type"));
        return error.Value;
    }

    /// <summary>The iq is a result.</summary>
    /// <returns>Its payload; null when it has none.</returns>
    public static XmlElement? IsResult(this XmlElement iq)
    {
        Assert.True(iq.LocalName == "iq" && iq.Attribute("type") == "result", iq.ToText());
        foreach (var child in iq.Children)
        {
            return child;
        }

        return null;
    }

    /// <summary>The text of the message's body; null when it has none.</summary>
    public static string? Body(this XmlElement message) => message.Child("body", message.NamespaceUri)?.Text;

    /// <summary>The element as text, for messages and comparisons.</summary>
    public static string ToText(this XmlElement element) => System.Text.Encoding.UTF8.GetString(element.Raw.Span);
}
