using System.Net;
using Parley.Server.Federation;
using Parley.Server.Federation.Dns;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>Where a domain's server is, by the rules of RFC 6120 §3.2, RFC 2782 and XEP-0368.</summary>
public sealed class ServerLocatorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("records of both kinds are mixed by priority", "S SRV 20 0 5269 a|S SRV 5 0 5269 b|T SRV 10 0 443 c", "b:5269 c:443+tls a:5269")]
    [InlineData("a single kind", "T SRV 0 0 5270 a", "a:5270+tls")]
    [InlineData("no records: the domain itself", "example.org A 192.0.2.1", "example.org:5269")]
    [InlineData("no name at all: the domain itself, which then has no address", "", "example.org:5269")]
    [InlineData("nobody answers: the domain itself", "S TIMEOUT|T TIMEOUT", "example.org:5269")]
    [InlineData("a failure of one kind does not hide the other", "S SRV 0 0 5269 a|T SERVFAIL", "a:5269")]
    [InlineData("nor the other way round", "S SERVFAIL|T SRV 0 0 5270 a", "a:5270+tls")]
    [InlineData("a failure is no reason to guess", "S SERVFAIL", "Unknown")]
    [InlineData("nor that of the other kind", "T SERVFAIL|example.org A 192.0.2.1", "Unknown")]
    [InlineData("not offered", "S SRV 0 0 0 .", "NotOffered")]
    [InlineData("not offered with direct TLS, and no word about STARTTLS: no fall-back", "T SRV 0 0 0 .|example.org A 192.0.2.1", "NotOffered")]
    [InlineData("not offered with direct TLS", "T SRV 0 0 0 .|S SRV 0 0 5269 a", "a:5269")]
    [InlineData("not offered with STARTTLS", "S SRV 0 0 0 .|T SRV 0 0 5270 a", "a:5270+tls")]
    [InlineData("the same target twice", "S SRV 0 0 5269 a|S SRV 1 0 5269 a", "a:5269")]
    public async Task A_domain_is_where_its_records_say(string why, string records, string expected)
    {
        var location = await Locator(records).LocateAsync("example.org", ServiceKind.Server, Cancellation);

        Assert.True(expected == Describe(location), $"{why}: {Describe(location)}");
        Assert.Equal(2, location.Steps.Count);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:5269")]
    [InlineData("[2001:db8::1]", "2001:db8::1:5269")]
    [InlineData("bücher.example", "host.example:5299")]
    [InlineData("a b", "NotFound")]
    public async Task Domains_may_be_addresses_and_internationalized(string domain, string expected) => Assert.Equal(
        expected,
        Describe(await Locator("_xmpp-server._tcp.xn--bcher-kva.example SRV 0 0 5299 host.example").LocateAsync(domain, ServiceKind.Server, Cancellation)));

    [Fact]
    public async Task A_domain_too_long_for_records_is_not_found() =>
        Assert.Equal("NotFound", Describe(await Locator("").LocateAsync(string.Join('.', Enumerable.Repeat("a2345678", 27)), ServiceKind.Server, Cancellation)));

    [Fact]
    public async Task Clients_have_records_and_a_port_of_their_own()
    {
        Assert.Equal("a:5222", Describe(await Locator("_xmpp-client._tcp.example.org SRV 0 0 5222 a").LocateAsync("example.org", ServiceKind.Client, Cancellation)));
        Assert.Equal("example.org:5222", Describe(await Locator("").LocateAsync("example.org", ServiceKind.Client, Cancellation)));
    }

    [Fact]
    public async Task Targets_are_bounded()
    {
        var records = string.Join('|', Enumerable.Range(0, 40).Select(static i => $"S SRV {i} 0 5269 h{i}"));

        var location = await Locator(records).LocateAsync("example.org", ServiceKind.Server, Cancellation);

        Assert.Equal(Enumerable.Range(0, ServerLocator.MaxTargets).Select(static i => $"h{i}"), location.Targets.Select(static target => target.Host));
    }

    [Fact]
    public void Among_equals_chance_goes_by_weight()
    {
        var first = new Dictionary<string, int> { ["none"] = 0, ["one"] = 0, ["three"] = 0 };
        var order = new ServiceOrder(new Random(42));
        for (var i = 0; i < 8000; i++)
        {
            var arranged = order.Arrange([Service("none", 0), Service("one", 1000), Service("three", 3000)], static service => service);
            first[arranged[0].Target]++;
            Assert.Equal(3, arranged.Distinct().Count());
        }

        Assert.InRange(first["none"], 0, 40);
        Assert.InRange(first["one"], 1800, 2200);
        Assert.InRange(first["three"], 5800, 6200);
    }

    [Theory]
    [InlineData(0, "none")]
    [InlineData(1, "one")]
    [InlineData(2, "three")]
    [InlineData(4, "three")]
    public void The_chosen_share_decides_as_RFC_2782_says(int share, string expected) => Assert.Equal(
        expected, new ServiceOrder(new Chosen(share)).Arrange([Service("one", 1), Service("three", 3), Service("none", 0)], static service => service)[0].Target);

    [Fact]
    public async Task Addresses_alternate_IPv6_first_and_are_bounded()
    {
        var records = string.Join('|', Enumerable.Range(1, 9).Select(static i => $"h A 192.0.2.{i}")) + "|h AAAA 2001:db8::1|h AAAA 2001:db8::2";

        var (addresses, isCertain, steps) = await Locator(records).AddressesAsync(new ServerTarget("h", 5269, false), Cancellation);

        Assert.Equal(
            ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"], addresses.Select(static address => address.ToString()));
        Assert.True(isCertain);
        Assert.Equal(["h AAAA", "h A"], steps.Select(static step => step.What));
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.0", true)]
    [InlineData("192.168.0.1", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:0a00:0001::1", false)]
    [InlineData("192.0.2.1", true)]
    [InlineData("2001:db8::1", true)]
    public void Private_addresses_can_be_forbidden(string address, bool isAllowed)
    {
        Assert.Equal(isAllowed, new AddressPolicy(new FederationOptions { AllowPrivateAddresses = false }).Allows(IPAddress.Parse(address)));
        Assert.True(new AddressPolicy(new FederationOptions()).Allows(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    public void What_no_server_is_at_is_never_connected_to(string address) => Assert.False(new AddressPolicy(new FederationOptions()).Allows(IPAddress.Parse(address)));

    private static DnsService Service(string target, ushort weight) => new("x", TimeSpan.Zero, 0, weight, 1, target);

    private static string Describe(ServerLocation location) => location.Outcome == LocationOutcome.Found
        ? string.Join(' ', location.Targets.Select(static target => $"{target.Host}:{target.Port}{(target.DirectTls ? "+tls" : "")}"))
        : location.Outcome.ToString();

    private static ServerLocator Locator(string records) => new(
        new FileDnsResolver(DnsAnswerFile.Parse(records.Split('|').Select(static line =>
            line.Replace("S ", "_xmpp-server._tcp.example.org ").Replace("T ", "_xmpps-server._tcp.example.org ")))),
        new ServiceOrder(new Random(1)));

    private sealed class Chosen(int share) : Random
    {
        public override int Next(int maxValue) => Math.Min(share, maxValue - 1);
    }
}
