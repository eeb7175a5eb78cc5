using System.Net;
using Parley.Server.Federation.Dns;
using Xunit;

namespace Parley.Server.Tests.Federation.Dns;

public sealed class FileDnsResolverTests
{
    private const string Text = """
        # NAME                         TTL TYPE  DATA
        _xmpp-server._tcp.example.org      SRV   10 5 5269 xmpp.example.org
        _xmpp-server._tcp.Example.org. 300 srv   20 0 5270 B.example.org.   # a comment
        _xmpps-server._tcp.example.org     SRV   0 0 0 .
        xmpp.example.org                   A     192.0.2.7
        xmpp.example.org                   AAAA  2001:db8::7
        chat.example.org                   CNAME xmpp.example.org
        round.example.org                  CNAME round.example.org
        *.example.net                      A     192.0.2.8
        own.example.net                    AAAA  2001:db8::8
        bücher.example                     A     192.0.2.9
        broken.example.org                 SERVFAIL
        silent.example.org                 TIMEOUT
        """;

    private readonly FileDnsResolver _resolver = new(DnsAnswerFile.Parse(Text.Split('\n')));

    [Theory]
    [InlineData("XMPP.example.org", DnsType.A, DnsOutcome.Found)]
    [InlineData("chat.example.org", DnsType.Aaaa, DnsOutcome.Found)]
    [InlineData("round.example.org", DnsType.A, DnsOutcome.ServerFailure)]
    [InlineData("any.thing.example.net", DnsType.A, DnsOutcome.Found)]
    [InlineData("any.thing.example.net", DnsType.Srv, DnsOutcome.NoSuchRecord)]
    [InlineData("own.example.net", DnsType.A, DnsOutcome.NoSuchRecord)]
    [InlineData("example.net", DnsType.A, DnsOutcome.NoSuchRecord)]
    [InlineData("xn--bcher-kva.example", DnsType.A, DnsOutcome.Found)]
    [InlineData("example.org", DnsType.A, DnsOutcome.NoSuchRecord)]
    [InlineData("xmpp.example.org", DnsType.Srv, DnsOutcome.NoSuchRecord)]
    [InlineData("nowhere.example.org", DnsType.A, DnsOutcome.NoSuchDomain)]
    [InlineData("_xmpp-server._tcp.broken.example.org", DnsType.Srv, DnsOutcome.ServerFailure)]
    [InlineData("silent.example.org", DnsType.A, DnsOutcome.TimedOut)]
    [InlineData("a..b", DnsType.A, DnsOutcome.NoSuchDomain)]
    public async Task Answers_are_those_of_the_file(string name, DnsType type, DnsOutcome outcome) =>
        Assert.Equal(outcome, (await _resolver.ResolveAsync(name, type, TestContext.Current.CancellationToken)).Outcome);

    [Fact]
    public async Task Services_have_all_their_fields()
    {
        var answer = await _resolver.ResolveAsync("_xmpp-server._tcp.example.org", DnsType.Srv, TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                new DnsService("_xmpp-server._tcp.example.org", TimeSpan.FromSeconds(60), 10, 5, 5269, "xmpp.example.org"),
                new DnsService("_xmpp-server._tcp.example.org", TimeSpan.FromSeconds(300), 20, 0, 5270, "b.example.org"),
            ],
            answer.Records);
        Assert.Equal(TimeSpan.FromSeconds(60), answer.TimeToLive);
    }

    [Theory]
    [InlineData("example.org", "'example.org' is the last word: behind it comes one of A, AAAA, CNAME, SRV, SERVFAIL and TIMEOUT")]
    [InlineData("example.org 300", "'300' is the last word: behind it comes one of A, AAAA, CNAME, SRV, SERVFAIL and TIMEOUT")]
    [InlineData("example.org A", "A takes an IPv4 address, such as 192.0.2.7")]
    [InlineData("example.org A 2001:db8::7", "'2001:db8::7' is no IPv4 address, such as 192.0.2.7")]
    [InlineData("example.org A 192.0.2.7 more", "'more' is one word too many")]
    [InlineData("example.org AAAA 192.0.2.7", "'192.0.2.7' is no IPv6 address, such as 2001:db8::7")]
    [InlineData("example.org CNAME a..b", "'a..b' is no name")]
    [InlineData("example.org SRV 10 5 65536 a.org", "'65536' is no port: it takes 0 to 65535")]
    [InlineData("example.org SRV -1 5 5269 a.org", "'-1' is no priority: it takes 0 to 65535")]
    [InlineData("example.org SRV 10 a.org 5269 a.org", "'a.org' is no weight: it takes 0 to 65535")]
    [InlineData("example.org SRV 10 5 a.org", "SRV takes priority, weight, port and target, such as 'SRV 10 5 5269 xmpp.example.org'")]
    [InlineData("example.org SRV 10 5 5269 a.org more", "'more' is one word too many")]
    [InlineData("example.org MX 10 a.org", "'MX' is none of A, AAAA, CNAME, SRV, SERVFAIL and TIMEOUT")]
    [InlineData("example.org TIMEOUT 5", "'5': nothing comes behind TIMEOUT")]
    [InlineData("a..b A 192.0.2.7", "'a..b' is no name")]
    public void A_line_that_is_no_record_is_named_and_the_word_that_is_wrong(string line, string problem) =>
        Assert.Equal($"line 2: {problem}", Assert.Throws<FormatException>(() => DnsAnswerFile.Parse(["", line])).Message);

    [Fact]
    public async Task The_hosts_file_is_asked_first_and_read_again_when_it_changes()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "192.0.2.1 nas NAS.example.org # ours\n2001:db8::1 both\n192.0.2.2 both\nnonsense\n", TestContext.Current.CancellationToken);
            var hosts = new HostsFileResolver(_resolver, path);

            Assert.Equal([IPAddress.Parse("192.0.2.1")], await AddressesAsync(hosts, "nas.example.org", DnsType.A));
            Assert.Equal([], await AddressesAsync(hosts, "nas.example.org", DnsType.Aaaa));
            Assert.Equal([IPAddress.Parse("2001:db8::1")], await AddressesAsync(hosts, "both", DnsType.Aaaa));
            Assert.Equal([IPAddress.Parse("192.0.2.7")], await AddressesAsync(hosts, "xmpp.example.org", DnsType.A));

            await File.WriteAllTextAsync(path, "192.0.2.3 nas\n", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
            Assert.Equal([IPAddress.Parse("192.0.2.3")], await AddressesAsync(hosts, "nas", DnsType.A));
            Assert.Equal([], await AddressesAsync(hosts, "both", DnsType.A));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("search example.org\nnameserver 192.0.2.53\n nameserver 2001:db8::53 # x\noptions edns0\nnameserver 192.0.2.54\nnameserver 192.0.2.55\n", "192.0.2.53:53 [2001:db8::53]:53 192.0.2.54:53")]
    [InlineData("# nobody\n", "127.0.0.1:53")]
    public async Task The_systems_servers_are_the_first_three_of_its_file(string text, string expected)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);

            Assert.Equal(expected, string.Join(' ', new SystemDnsServers(path).Current()));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<IEnumerable<IPAddress>> AddressesAsync(HostsFileResolver resolver, string name, DnsType type) =>
        (await resolver.ResolveAsync(name, type, TestContext.Current.CancellationToken)).Records.OfType<DnsAddress>().Select(static record => record.Address);
}
