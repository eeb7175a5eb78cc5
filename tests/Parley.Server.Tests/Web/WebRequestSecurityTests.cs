using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Xunit;

namespace Parley.Server.Tests.Web;

/// <summary>When a request counts as secure, and whose it is.</summary>
public class WebRequestSecurityTests
{
    [Theory]
    // Nobody is trusted.
    [InlineData("", "https", "192.0.2.1", "", true, "192.0.2.1")]
    [InlineData("", "http", "192.0.2.1", "", false, "192.0.2.1")]
    [InlineData("", "http", "127.0.0.1", "", true, "127.0.0.1")]
    [InlineData("", "http", "127.8.9.1", "", true, "127.8.9.1")]
    [InlineData("", "http", "::1", "", true, "::1")]
    [InlineData("", "http", "::ffff:127.0.0.1", "", true, "127.0.0.1")]
    [InlineData("", "http", "::ffff:192.0.2.1", "", false, "192.0.2.1")]
    [InlineData("", "http", "192.0.2.1", "X-Forwarded-Proto: https", false, "192.0.2.1")]
    [InlineData("", "http", "192.0.2.1", "X-Forwarded-For: 127.0.0.1|X-Forwarded-Proto: https", false, "192.0.2.1")]
    // A proxy on this machine that is not trusted speaks for somebody else.
    [InlineData("", "http", "127.0.0.1", "X-Forwarded-For: 192.0.2.1", false, "255.255.255.255")]
    [InlineData("", "http", "127.0.0.1", "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https", false, "255.255.255.255")]
    [InlineData("", "http", "127.0.0.1", "Forwarded: for=192.0.2.1;proto=https", false, "255.255.255.255")]
    [InlineData("", "http", "::1", "X-Real-IP: 192.0.2.1", false, "255.255.255.255")]
    [InlineData("", "http", "127.0.0.1", "Via: 1.1 proxy", false, "255.255.255.255")]
    [InlineData("", "https", "127.0.0.1", "X-Forwarded-For: 192.0.2.1", true, "255.255.255.255")]
    // A trusted one is believed.
    [InlineData("10.0.0.0/8", "http", "10.1.2.3", "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https", true, "192.0.2.1")]
    [InlineData("10.0.0.0/8", "http", "::ffff:10.1.2.3", "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https", true, "192.0.2.1")]
    [InlineData("10.0.0.0/8", "http", "10.1.2.3", "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: http", false, "192.0.2.1")]
    [InlineData("10.0.0.0/8", "http", "10.1.2.3", "X-Forwarded-For: 192.0.2.1", false, "192.0.2.1")]
    [InlineData("10.0.0.0/8", "https", "10.1.2.3", "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: http", false, "192.0.2.1")]
    [InlineData("10.0.0.0/8", "http", "10.1.2.3", "X-Forwarded-For: 2001:db8::1|X-Forwarded-Proto: https", true, "2001:db8::1")]
    [InlineData("fd00::/8", "http", "fd00::5", "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https", true, "192.0.2.1")]
    [InlineData("10.1.2.3", "http", "10.1.2.4", "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https", false, "10.1.2.4")]
    // What the client put there before is the proxy's to append to, and nobody's to believe.
    [InlineData("10.0.0.0/8", "http", "10.1.2.3", "X-Forwarded-For: 127.0.0.1, 192.0.2.1|X-Forwarded-Proto: http", false, "192.0.2.1")]
    [InlineData("10.0.0.0/8", "http", "10.1.2.3", "X-Forwarded-For: 127.0.0.1, 192.0.2.1|X-Forwarded-Proto: https, http", false, "192.0.2.1")]
    [InlineData("10.0.0.0/8", "http", "10.1.2.3", "X-Forwarded-For: 192.0.2.1, 10.9.9.9|X-Forwarded-Proto: https, http", true, "192.0.2.1")]
    // Loopback behind a proxy is another machine's, or the proxy itself.
    [InlineData("10.0.0.0/8", "http", "10.1.2.3", "X-Forwarded-For: 127.0.0.1", false, "255.255.255.255")]
    [InlineData("127.0.0.1", "http", "127.0.0.1", "X-Forwarded-For: unknown", false, "255.255.255.255")]
    [InlineData("127.0.0.1", "http", "127.0.0.1", "X-Forwarded-Proto: http", false, "255.255.255.255")]
    [InlineData("127.0.0.1", "http", "127.0.0.1", "X-Forwarded-For: 192.0.2.1|X-Forwarded-Proto: https", true, "192.0.2.1")]
    // Who comes directly is who they are, also where the proxy lives.
    [InlineData("127.0.0.1", "http", "127.0.0.1", "", true, "127.0.0.1")]
    public async Task A_request_is_secure_where_nobody_can_read_it(string trusted, string scheme, string from, string headers, bool isSecure, string client)
    {
        await using var services = WebRequest.Services(options =>
        {
            options.Names.Add("chat.example.org");
            if (trusted.Length > 0)
            {
                options.TrustedProxies.Add(trusted);
            }
        });

        var request = await WebRequest.ArrivesAsync(services, scheme, from, headers.Split('|', StringSplitOptions.RemoveEmptyEntries));

        var security = services.GetRequiredService<WebRequestSecurity>();
        Assert.Equal((isSecure, client), (security.IsSecure(request), security.ClientAddress(request).ToString()));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LocalHost:5280", true)]
    [InlineData("localhost.", true)]
    [InlineData("chat.localhost:5280", true)]
    [InlineData("127.0.0.1:5280", true)]
    [InlineData("192.0.2.1", true)]
    [InlineData("[::1]:5280", true)]
    [InlineData("[::1]", true)]
    [InlineData("", true)]
    [InlineData("example.org", true)]
    [InlineData("Example.ORG.:5280", true)]
    [InlineData("xn--bcher-kva.example", true)]
    [InlineData("allowed.example:8080", true)]
    [InlineData("named.test:5280", true)]
    [InlineData("evil.example:5280", false)]
    [InlineData("chat.example.org", false)]
    [InlineData("example.org.evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("notlocalhost", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("localhost@evil.example", false)]
    [InlineData("evil.example/localhost", false)]
    public async Task A_name_that_is_somebody_elses_does_not_make_a_request_local(string host, bool isLocal)
    {
        await using var services = WebRequest.Services(
            static options =>
            {
                options.AllowedOrigins.Add("https://allowed.example");
                options.Names.Add("named.test");
            },
            "example.org",
            "bücher.example");

        var request = await WebRequest.ArrivesAsync(services, "http", "127.0.0.1", $"Host: {host}");

        var security = services.GetRequiredService<WebRequestSecurity>();
        Assert.Equal(
            (isLocal, isLocal, isLocal ? "127.0.0.1" : "255.255.255.255"),
            (security.IsLocal(request), security.IsSecure(request), security.ClientAddress(request).ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("named.test:5280")]
    [InlineData("http://named.test")]
    [InlineData("127.0.0.1")]
    public void A_name_that_is_none_of_a_host_is_refused(string name)
    {
        using var services = WebRequest.Services(options => options.Names.Add(name));

        var e = Assert.Throws<OptionsValidationException>(services.GetRequiredService<OwnNames>);

        Assert.Equal($"Names: '{name}' is no name of a host; it takes one such as 'chat.test', without a port.", e.Message);
    }

    [Fact]
    public async Task A_trusted_proxy_says_which_host_the_request_was_for()
    {
        await using var services = WebRequest.Services(static options => options.TrustedProxies.Add("10.0.0.1"));

        var believed = await WebRequest.ArrivesAsync(
            services, "http", "10.0.0.1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: example.net");
        var forged = await WebRequest.ArrivesAsync(services, "http", "10.0.0.2", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: example.net");

        Assert.Equal(("https", "example.net"), (believed.Request.Scheme, believed.Request.Host.Value));
        Assert.Equal(("http", "chat.example.org:5280"), (forged.Request.Scheme, forged.Request.Host.Value));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("")]
    public void A_proxy_that_is_no_address_is_refused(string proxy)
    {
        using var services = WebRequest.Services(options => options.TrustedProxies.Add(proxy));

        var e = Assert.Throws<OptionsValidationException>(services.GetRequiredService<TrustedProxies>);

        Assert.Equal($"TrustedProxies: '{proxy}' is neither an IP address nor a network; it takes one such as 127.0.0.1 or 10.0.0.0/8.", e.Message);
    }
}
