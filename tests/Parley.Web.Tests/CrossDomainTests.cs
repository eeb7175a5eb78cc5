using System.Net;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Xunit;

namespace Parley.Web.Tests;

/// <summary>The policy for old Flash clients.</summary>
public class CrossDomainTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("*", "* false")]
    [InlineData("https://b.example,https://a.example:8443,http://a.example", "a.example false, b.example true")]
    public async Task It_lets_the_hosts_of_the_allowed_origins_in(string origins, string expected)
    {
        await using var server = await WebServer.StartAsync(static web => web.MapCrossDomain(), services => services.Configure<WebOptions>(options =>
        {
            foreach (var origin in origins.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                options.AllowedOrigins.Add(origin);
            }
        }));

        var (status, body) = await server.GetAsync("/crossdomain.xml");

        Assert.Equal(HttpStatusCode.OK, status);
        using var reader = XmlReader.Create(new StringReader(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        var policy = XDocument.Load(reader).Root!;
        Assert.Equal(expected, string.Join(", ", policy.Elements("allow-access-from").Select(static host => $"{host.Attribute("domain")!.Value} {host.Attribute("secure")!.Value}")));
        Assert.Equal("master-only", policy.Element("site-control")!.Attribute("permitted-cross-domain-policies")!.Value);
    }
}
