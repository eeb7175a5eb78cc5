using System.Text;
using System.Xml;
using Parley.Server.Connections;

namespace Parley.Web.CrossDomain;

/// <summary>What <c>/crossdomain.xml</c> says to old Flash clients: the hosts of the allowed origins, which may use BOSH from their pages.</summary>
internal sealed class CrossDomainPolicy
{
    public CrossDomainPolicy(AllowedOrigins origins)
    {
        using var body = new MemoryStream();
        using (var xml = XmlWriter.Create(body, new XmlWriterSettings { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) }))
        {
            xml.WriteDocType("cross-domain-policy", null, "http://www.adobe.com/xml/dtds/cross-domain-policy.dtd", null);
            xml.WriteStartElement("cross-domain-policy");
            xml.WriteStartElement("site-control");
            xml.WriteAttributeString("permitted-cross-domain-policies", "master-only");
            xml.WriteEndElement();
            foreach (var (host, isSecure) in Hosts(origins))
            {
                xml.WriteStartElement("allow-access-from");
                xml.WriteAttributeString("domain", host);
                xml.WriteAttributeString("secure", isSecure ? "true" : "false");
                xml.WriteEndElement();
                xml.WriteStartElement("allow-http-request-headers-from");
                xml.WriteAttributeString("domain", host);
                xml.WriteAttributeString("headers", "Content-Type");
                xml.WriteAttributeString("secure", isSecure ? "true" : "false");
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        Document = body.ToArray();
    }

    /// <summary>The document, in UTF-8.</summary>
    internal byte[] Document { get; }

    // Flash knows no port here. A host that may also come by http is one whose pages need not be secure.
    private static IEnumerable<(string Host, bool IsSecure)> Hosts(AllowedOrigins origins) => origins.AllowAll
        ? [(AllowedOrigins.All, false)]
        : origins.Named
            .Select(static origin => new Uri(origin))
            .GroupBy(static origin => origin.Host, StringComparer.Ordinal)
            .OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group => (group.Key, group.All(static origin => origin.Scheme == Uri.UriSchemeHttps)));
}
