using System.Net;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;
using Parley.Web.Discovery;
using Xunit;

namespace Parley.Web.Tests;

/// <summary>Discovery of WebSocket and BOSH (XEP-0156 §3).</summary>
public class HostMetaTests
{
    private const string WebSocket = "urn:xmpp:alt-connections:websocket";
    private const string Bosh = "urn:xmpp:alt-connections:xbosh";

    [Fact]
    public async Task Both_formats_name_what_is_mapped_where_the_request_went()
    {
        await using var server = await StartAsync(isSecure: true);
        var expected = new[] { (WebSocket, $"wss://localhost:{server.Address.Port}/xmpp-websocket"), (Bosh, $"https://localhost:{server.Address.Port}/http-bind") };

        Assert.Equal(expected, await XrdAsync(server));
        Assert.Equal(expected, await JrdAsync(server));
    }

    [Fact]
    public async Task What_is_not_mapped_is_not_named()
    {
        await using var server = await WebServer.StartAsync(
            static web =>
            {
                web.MapHostMeta();
                web.MapGet("/ws", static () => "").WithMetadata(AlternativeConnection.WebSocket);
                web.MapGet("/other", static () => "");
            },
            isSecure: true);

        Assert.Equal([(WebSocket, $"wss://localhost:{server.Address.Port}/ws")], await JrdAsync(server));
    }

    [Fact]
    public async Task The_name_that_the_request_is_for_is_the_one_that_is_answered()
    {
        await using var server = await StartAsync(isSecure: true);

        Assert.Equal("wss://xn--bcher-kva.example/xmpp-websocket", (await XrdAsync(server, "https://xn--bcher-kva.example"))[0].Address);
    }

    [Fact]
    public async Task Without_TLS_nothing_is_named_that_would_be_without_TLS()
    {
        await using var server = await StartAsync(isSecure: false);

        Assert.Empty(await XrdAsync(server));
        Assert.Empty(await JrdAsync(server));
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_the_addresses_are_the_proxys()
    {
        await using var server = await StartAsync(isSecure: false, static services => services.Configure<WebOptions>(static options => options.TrustedProxies.Add("127.0.0.1")));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/.well-known/host-meta.json");
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "example.org");

        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(
            [(WebSocket, "wss://example.org/xmpp-websocket"), (Bosh, "https://example.org/http-bind")],
            Links(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Addresses_that_are_fixed_are_named_however_the_request_came()
    {
        await using var server = await StartAsync(isSecure: false, static services => services.Configure<HostMetaOptions>(static options =>
        {
            options.WebSocketAddress = "wss://web.example.com:443/ws";
            options.BoshAddress = "https://web.example.com:5280/bosh?a=1&b=2";
        }));
        (string, string)[] expected = [(WebSocket, "wss://web.example.com:443/ws"), (Bosh, "https://web.example.com:5280/bosh?a=1&b=2")];

        Assert.Equal(expected, await XrdAsync(server));
        Assert.Equal(expected, await JrdAsync(server));
    }

    [Fact]
    public async Task Pages_of_every_origin_may_read_it()
    {
        await using var server = await StartAsync(isSecure: true);

        foreach (var (path, type) in ((string, string)[])[("/.well-known/host-meta", "application/xrd+xml"), ("/.well-known/host-meta.json", "application/json")])
        {
            await AssertReadableAsync(server, path, type);
        }
    }

    [Theory]
    [InlineData(null, null, "private")]
    [InlineData("wss://example.org/ws", null, "private")]
    [InlineData("wss://example.org/ws", "https://example.org/bosh", "public")]
    public async Task What_was_made_of_one_request_is_not_anothers_to_get_from_a_cache(string? webSocket, string? bosh, string cache)
    {
        await using var server = await StartAsync(
            isSecure: true,
            services => services.Configure<HostMetaOptions>(options => (options.WebSocketAddress, options.BoshAddress) = (webSocket, bosh)));

        using var response = await server.Client.GetAsync(new Uri("/.well-known/host-meta.json", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(cache, response.Headers.CacheControl?.Public == true ? "public" : response.Headers.CacheControl?.Private == true ? "private" : null);
    }

    [Theory]
    [InlineData("ws://example.org/ws")]
    [InlineData("https://example.org/ws")]
    [InlineData("/ws")]
    public async Task A_fixed_address_without_TLS_is_refused(string address)
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(
            isSecure: false, services => services.Configure<HostMetaOptions>(options => options.WebSocketAddress = address)));

        Assert.Equal($"WebSocketAddress: '{address}' does not do; it takes an address that begins with wss://.", e.Message);
    }

    private static Task<WebServer> StartAsync(bool isSecure, Action<IServiceCollection>? services = null) => WebServer.StartAsync(
        static web =>
        {
            web.MapHostMeta();
            web.MapGet("/xmpp-websocket", static () => "").WithMetadata(AlternativeConnection.WebSocket);
            web.MapPost("/http-bind", static () => "").WithMetadata(AlternativeConnection.Bosh);
        },
        services,
        isSecure);

    private static async Task AssertReadableAsync(WebServer server, string path, string type)
    {
        using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, type, "*"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType, response.Headers.GetValues("Access-Control-Allow-Origin").Single()));
    }

    private static async Task<(string Relation, string Address)[]> XrdAsync(WebServer server, string from = "")
    {
        var (_, body) = await server.GetAsync(from + "/.well-known/host-meta");
        XNamespace xrd = "http://docs.oasis-open.org/ns/xri/xrd-1.0";
        var document = XDocument.Parse(body);
        Assert.Equal(xrd + "XRD", document.Root!.Name);
        return [.. document.Root.Elements(xrd + "Link").Select(static link => (link.Attribute("rel")!.Value, link.Attribute("href")!.Value))];
    }

    private static async Task<(string Relation, string Address)[]> JrdAsync(WebServer server) => Links((await server.GetAsync("/.well-known/host-meta.json")).Body);

    private static (string Relation, string Address)[] Links(string jrd)
    {
        using var document = JsonDocument.Parse(jrd);
        return [.. document.RootElement.GetProperty("links").EnumerateArray().Select(static link => (link.GetProperty("rel").GetString()!, link.GetProperty("href").GetString()!))];
    }
}
