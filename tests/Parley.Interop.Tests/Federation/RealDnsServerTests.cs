using Parley.Server.Federation;
using Parley.Server.Federation.Dns;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Our resolver and a name server that others wrote.</summary>
public sealed class RealDnsServerTests
{
    private static readonly string[] Configuration =
    [
        "local=/example.org/", "local=/example.net/",
        "srv-host=_xmpp-server._tcp.example.org,xmpp.example.org,5269,10,5",
        "srv-host=_xmpp-server._tcp.example.org,backup.example.org,5299,20,0",
        "srv-host=_xmpps-server._tcp.example.org,xmpp.example.org,5270,15,0",
        "srv-host=_xmpp-server._tcp.none.example.org",
        "host-record=xmpp.example.org,192.0.2.7,2001:db8::7",
        "host-record=backup.example.org,192.0.2.8",
        "cname=alias.example.org,xmpp.example.org",
        .. Enumerable.Range(0, 100).Select(static i => $"srv-host=_xmpp-server._tcp.many.example.org,host-with-a-long-name-{i}.example.org,5269,{i},0"),
    ];

    [Fact]
    public async Task A_real_server_is_understood()
    {
        using var time = new TestTime(30);
        await using var server = await DnsmasqServer.StartAsync(Configuration, time.Token);
        var resolver = server.Resolver();

        Assert.Equal("Found: 192.0.2.7", await AskAsync("xmpp.example.org", DnsType.A));
        Assert.Equal("Found: 2001:db8::7", await AskAsync("XMPP.Example.org.", DnsType.Aaaa));
        Assert.Equal("Found: 192.0.2.7", await AskAsync("alias.example.org", DnsType.A));
        Assert.Equal("NoSuchRecord: ", await AskAsync("backup.example.org", DnsType.Aaaa));
        Assert.Equal("NoSuchDomain: ", await AskAsync("nowhere.example.org", DnsType.A));
        Assert.Equal("NoSuchDomain: ", await AskAsync("_xmpp-server._tcp.example.net", DnsType.Srv));
        Assert.Equal("ServerFailure: ", await AskAsync("example.com", DnsType.A));

        async Task<string> AskAsync(string name, DnsType type)
        {
            var answer = await resolver.ResolveAsync(name, type, time.Token);
            return $"{answer.Outcome}: {string.Join(' ', answer.Records.OfType<DnsAddress>().Select(static record => record.Address))}";
        }
    }

    [Fact]
    public async Task Services_are_found_in_order()
    {
        using var time = new TestTime(30);
        await using var server = await DnsmasqServer.StartAsync(Configuration, time.Token);
        var locator = new ServerLocator(server.Resolver(), new ServiceOrder(Random.Shared));

        var location = await locator.LocateAsync("example.org", ServiceKind.Server, time.Token);

        Assert.Equal(["xmpp.example.org:5269", "xmpp.example.org:5270 (direct TLS)", "backup.example.org:5299"], location.Targets.Select(static target => target.ToString()));
        var (addresses, isCertain, _) = await locator.AddressesAsync(location.Targets[0], time.Token);
        Assert.Equal(("2001:db8::7 192.0.2.7", true), (string.Join(' ', addresses), isCertain));
        Assert.Equal(LocationOutcome.NotOffered, (await locator.LocateAsync("none.example.org", ServiceKind.Server, time.Token)).Outcome);
        Assert.True((await locator.LocateAsync("example.net", ServiceKind.Server, time.Token)).IsFallback);
    }

    [Fact]
    public async Task What_does_not_fit_into_a_datagram_comes_by_TCP()
    {
        using var time = new TestTime(30);
        await using var server = await DnsmasqServer.StartAsync(Configuration, time.Token);

        var answer = await server.Resolver().ResolveAsync("_xmpp-server._tcp.many.example.org", DnsType.Srv, time.Token);

        Assert.Equal((DnsOutcome.Found, DnsAnswer.MaxRecords), (answer.Outcome, answer.Records.Count));
    }

    [Fact]
    public async Task Many_questions_at_a_time_each_get_their_own_answer()
    {
        using var time = new TestTime(30);
        await using var server = await DnsmasqServer.StartAsync([.. Enumerable.Range(1, 200).Select(static i => $"host-record=h{i}.example.org,192.0.2.{i}")], time.Token);
        var resolver = server.Resolver();

        var answers = await Task.WhenAll(Enumerable.Range(1, 200).Select(i => resolver.ResolveAsync($"h{i}.example.org", DnsType.A, time.Token).AsTask()));

        Assert.Equal(Enumerable.Range(1, 200).Select(static i => $"192.0.2.{i}"), answers.Select(static answer => ((DnsAddress)answer.Records[0]).Address.ToString()));
    }

    [Fact]
    public async Task A_server_that_is_gone_is_a_time_out()
    {
        using var time = new TestTime(30);
        await using var server = await DnsmasqServer.StartAsync(Configuration, time.Token);
        await server.KillAsync();

        Assert.Equal(DnsOutcome.TimedOut, (await server.Resolver(TimeSpan.FromSeconds(1)).ResolveAsync("xmpp.example.org", DnsType.A, time.Token)).Outcome);
    }
}
