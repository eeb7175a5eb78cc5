using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Xunit;

namespace Parley.Server.Tests.Web;

/// <summary>Whose pages may use the server from within a browser.</summary>
public class AllowedOriginsTests
{
    [Theory]
    [InlineData("", "https", "", true)]
    [InlineData("", "https", "https://chat.example.org:5443", true)]
    [InlineData("", "https", "HTTPS://Chat.Example.ORG:5443", true)]
    [InlineData("", "https", "https://chat.example.org", false)]
    [InlineData("", "https", "http://chat.example.org:5443", false)]
    [InlineData("", "https", "https://example.org:5443", false)]
    [InlineData("", "https", "https://chat.example.org:5443.evil.example", false)]
    [InlineData("", "https", "https://evil.example", false)]
    [InlineData("", "http", "http://chat.example.org:5280", true)]
    [InlineData("", "https", "null", false)]
    [InlineData("", "https", "https://chat.example.org:5443/", true)]
    [InlineData("", "https", "https://chat.example.org:5443/x", false)]
    [InlineData("", "https", "https://a@chat.example.org:5443", false)]
    [InlineData("https://other.example", "https", "https://other.example", true)]
    [InlineData("https://other.example/", "https", "https://other.example", true)]
    [InlineData("https://other.example", "https", "https://other.example:443", true)]
    [InlineData("https://other.example", "https", "http://other.example", false)]
    [InlineData("https://other.example", "https", "https://sub.other.example", false)]
    [InlineData("https://other.example", "https", "https://other.example:8443", false)]
    [InlineData("https://bücher.example", "https", "https://xn--bcher-kva.example", true)]
    [InlineData("capacitor://localhost", "https", "capacitor://localhost", true)]
    [InlineData("*", "https", "https://evil.example", true)]
    [InlineData("*", "https", "null", true)]
    public async Task An_origin_may_or_may_not(string allowed, string scheme, string origin, bool may)
    {
        await using var services = WebRequest.Services(options =>
        {
            if (allowed.Length > 0)
            {
                options.AllowedOrigins.Add(allowed);
            }
        });

        var request = await WebRequest.ArrivesAsync(services, scheme, "192.0.2.1", origin.Length > 0 ? [$"Origin: {origin}"] : []);

        Assert.Equal(may, services.GetRequiredService<AllowedOrigins>().Allow(request.Request));
    }

    [Fact]
    public async Task Two_origins_are_none()
    {
        await using var services = WebRequest.Services(static options => options.AllowedOrigins.Add("https://a.example"));

        var request = await WebRequest.ArrivesAsync(services, "https", "192.0.2.1", "Origin: https://a.example", "Origin: https://b.example");

        Assert.False(services.GetRequiredService<AllowedOrigins>().Allow(request.Request));
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_the_own_origin_is_the_one_that_the_browser_sees()
    {
        await using var services = WebRequest.Services(static options => options.TrustedProxies.Add("10.0.0.1"));
        string[] headers = ["Origin: https://example.net", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: example.net"];

        var trusted = await WebRequest.ArrivesAsync(services, "http", "10.0.0.1", headers);
        var forged = await WebRequest.ArrivesAsync(services, "http", "10.0.0.2", headers);

        var origins = services.GetRequiredService<AllowedOrigins>();
        Assert.True(origins.Allow(trusted.Request));
        Assert.False(origins.Allow(forged.Request));
    }

    [Fact]
    public async Task A_preflight_is_answered_for_an_origin_that_may()
    {
        await using var services = WebRequest.Services(static options => options.AllowedOrigins.Add("https://a.example"));
        var request = await WebRequest.ArrivesAsync(services, "https", "192.0.2.1", "Origin: https://a.example", "Access-Control-Request-Method: POST");
        request.Request.Method = HttpMethods.Options;

        Assert.True(services.GetRequiredService<CrossOriginPolicy>().TryAnswer(request));

        var headers = request.Response.Headers;
        Assert.Equal(
            (204, "https://a.example", "GET, POST, OPTIONS", "Content-Type", "3600", "Origin"),
            (request.Response.StatusCode, headers.AccessControlAllowOrigin.ToString(), headers.AccessControlAllowMethods.ToString(),
                headers.AccessControlAllowHeaders.ToString(), headers.AccessControlMaxAge.ToString(), headers.Vary.ToString()));
        Assert.Equal(0, headers.AccessControlAllowCredentials.Count);
    }

    [Theory]
    [InlineData("GET", "https://a.example", false, 200, "https://a.example")]
    [InlineData("POST", "", false, 200, "")]
    [InlineData("POST", "https://b.example", true, 403, "")]
    [InlineData("OPTIONS", "https://b.example", true, 403, "")]
    public async Task Other_requests_go_on_where_they_may(string method, string origin, bool isAnswered, int status, string allows)
    {
        await using var services = WebRequest.Services(static options => options.AllowedOrigins.Add("https://a.example"));
        var request = await WebRequest.ArrivesAsync(services, "https", "192.0.2.1", origin.Length > 0 ? [$"Origin: {origin}"] : []);
        request.Request.Method = method;

        Assert.Equal(isAnswered, services.GetRequiredService<CrossOriginPolicy>().TryAnswer(request));

        Assert.Equal((status, allows), (request.Response.StatusCode, request.Response.Headers.AccessControlAllowOrigin.ToString()));
    }

    [Theory]
    [InlineData("example.org")]
    [InlineData("https://example.org/chat")]
    [InlineData("https://*.example.org")]
    [InlineData("null")]
    public void What_is_no_origin_is_refused(string origin)
    {
        using var services = WebRequest.Services(options => options.AllowedOrigins.Add(origin));

        var e = Assert.Throws<OptionsValidationException>(services.GetRequiredService<AllowedOrigins>);

        Assert.Equal($"AllowedOrigins: '{origin}' is no origin; it takes one such as 'https://chat.example.org', or '*' for all.", e.Message);
    }
}
