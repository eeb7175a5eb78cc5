using System.Text;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Protocol.Tests.Stanzas;

/// <summary>A payload is kept for jabber:client, whatever its stream's content namespace is: names of that namespace are swapped, and nothing else is.</summary>
public class ContentNamespaceTests
{
    [Theory]
    [InlineData("<body>x</body>", "<body>x</body>")]
    [InlineData("<body xmlns='{0}'>x</body>", "<body>x</body>")]
    [InlineData("<body xmlns = \"{0}\" xml:lang='en'>x</body>", "<body xml:lang='en'>x</body>")]
    [InlineData("<p:body xmlns:p='{0}'>x<p:b/></p:body>", "<body>x<b/></body>")]
    [InlineData("<outer:body>x</outer:body>", "<body>x</body>")]
    [InlineData("<body xmlns='jabber:client'>x</body>", "<body>x</body>")]
    [InlineData("<body a='xmlns'>x</body>", "<body a='xmlns'>x</body>")]
    [InlineData("<x xmlns='urn:x'/>", "<x xmlns='urn:x'/>")]
    [InlineData("<x xmlns='urn:x'><message xmlns='jabber:client'><body>y</body></message></x>", "<x xmlns='urn:x'><message xmlns='jabber:client'><body>y</body></message></x>")]
    [InlineData("<x xmlns='urn:x'><message xmlns='{0}'><body>y</body></message></x>", "<x xmlns='urn:x'><message xmlns='jabber:client'><body>y</body></message></x>")]
    [InlineData("<x xmlns='urn:x' xmlns:p='{0}'><p:message><p:body>y</p:body></p:message></x>", "<x xmlns='urn:x'><message xmlns='jabber:client'><body>y</body></message></x>")]
    [InlineData("<x xmlns='urn:x'><outer:message/></x>", "<x xmlns='urn:x'><message xmlns='jabber:client'/></x>")]
    [InlineData("<body xmlns='{1}'>x</body>", "<body>x</body>")]
    public void A_payload_stands_alone_in_jabber_client(string payload, string expected)
    {
        foreach (var content in (string[])["jabber:component:accept", "jabber:server"])
        {
            var escaped = content.Replace(":", "&#58;", StringComparison.Ordinal);
            var stanza = Read(string.Format(System.Globalization.CultureInfo.InvariantCulture, payload, content, escaped), content);
            var child = Assert.Single(stanza.Children);
            var expectedNamespace = expected.StartsWith("<x", StringComparison.Ordinal) ? "urn:x" : Namespaces.Client;
            Assert.Equal(expectedNamespace, Encoding.UTF8.GetString(child.NamespaceUri.Span));
            Assert.Equal(Canonical(expected), Canonical(Encoding.UTF8.GetString(stanza.Payload.Span)));
        }
    }

    // Verbatim on another client's stream it would do; on a component's it would be another namespace.
    [Theory]
    [InlineData("<body xmlns='jabber:client'>x</body>", "<body>x</body>")]
    [InlineData("<p:body xmlns:p='jabber:client'>x</p:body>", "<body>x</body>")]
    [InlineData("<outer:body>x</outer:body>", "<body>x</body>")]
    [InlineData("<x xmlns='urn:x'><message xmlns='jabber:client'/></x>", "<x xmlns='urn:x'><message xmlns='jabber:client'/></x>")]
    [InlineData("<body xmlns='jabber:server'>x</body>", "<body xmlns='jabber:server'>x</body>")]
    public void A_clients_payload_leans_on_its_stream_alone(string payload, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(Read(payload, Namespaces.Client).Payload.Span).Replace('"', '\''));

    [Fact]
    public void A_stanza_in_another_content_namespace_is_none()
    {
        Assert.Null(Stanza.Read("<message xmlns='jabber:client'/>"u8, Context(Namespaces.ComponentAccept)));
        Assert.Null(Stanza.Read("<message xmlns='jabber:component:accept'/>"u8, Context(Namespaces.Client)));
    }

    private static Stanza Read(string payload, string content) =>
        Stanza.Read(Encoding.UTF8.GetBytes($"<message from='a@b' to='c@d'>{payload}</message>"), Context(content))!;

    private static StanzaContext Context(string content) => new(content, new XmlNamespaces(content, ("outer", content)));

    private static string Canonical(string xml) => Encoding.UTF8.GetString(
        XmlElement.Parse(Encoding.UTF8.GetBytes(xml), StanzaContext.ClientContent).ToStandaloneBytes(Namespaces.Client));
}
