using System.Net;
using System.Net.Sockets;
using Parley.Server.Federation;
using Parley.Server.Federation.Dns;
using Xunit;

namespace Parley.Server.Tests.Federation.Dns;

/// <summary>The resolver over real sockets, against servers that answer well, badly and not at all.</summary>
public sealed class UdpDnsResolverTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly DnsAddress Host = new("example.org", Hour, IPAddress.Parse("192.0.2.7"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_has_records_and_a_time()
    {
        await using var server = new FakeDnsServer(question => FakeDnsServer.Answer(question, Host, Host with { TimeToLive = TimeSpan.FromMinutes(1) }));

        var answer = await Resolver(server).ResolveAsync("Example.ORG.", DnsType.A, Cancellation);

        Assert.Equal((DnsOutcome.Found, 2, TimeSpan.FromMinutes(1)), (answer.Outcome, answer.Records.Count, answer.TimeToLive));
    }

    [Fact]
    public async Task What_is_no_answer_to_the_question_is_passed_over()
    {
        var forged = new DnsAddress("example.org", Hour, IPAddress.Parse("198.51.100.66"));
        await using var server = new FakeDnsServer((question, _) =>
        [
            FakeDnsServer.Like(question, idOffset: 1, answers: [forged]).ToBytes(),
            FakeDnsServer.Like(question, name: "example.net", answers: [forged]).ToBytes(),
            question.ToBytes(),
            [],
            [1, 2, 3],
            FakeDnsServer.Answer(question, Host).ToBytes(),
        ]);

        var answer = await Resolver(server).ResolveAsync("example.org", DnsType.A, Cancellation);

        Assert.Equal(Host, Assert.Single(answer.Records));
    }

    [Fact]
    public async Task Records_of_other_names_in_an_answer_do_not_count()
    {
        await using var server = new FakeDnsServer(question => FakeDnsServer.Answer(question, Host with { Owner = "example.net" }));

        Assert.Equal(DnsOutcome.NoSuchRecord, (await Resolver(server).ResolveAsync("example.org", DnsType.A, Cancellation)).Outcome);
    }

    [Fact]
    public async Task A_flood_of_forged_answers_ends_the_question()
    {
        await using var server = new FakeDnsServer((question, _) => Enumerable.Repeat(FakeDnsServer.Like(question, idOffset: 1).ToBytes(), DnsExchange.MaxForeignDatagrams));

        Assert.Equal(DnsOutcome.ServerFailure, (await Resolver(server, attempts: 1).ResolveAsync("example.org", DnsType.A, Cancellation)).Outcome);
    }

    [Theory]
    [InlineData(DnsResponseCode.NameError, DnsOutcome.NoSuchDomain)]
    [InlineData(DnsResponseCode.NoError, DnsOutcome.NoSuchRecord)]
    public async Task That_there_is_none_is_told_apart_and_has_the_zones_time(DnsResponseCode code, DnsOutcome outcome)
    {
        await using var server = new FakeDnsServer(question => FakeDnsServer.Like(question, code: code, authorities: [new DnsZoneStart("org", Hour, TimeSpan.FromSeconds(90))]));

        var answer = await Resolver(server).ResolveAsync("example.org", DnsType.Srv, Cancellation);

        Assert.Equal((outcome, TimeSpan.FromSeconds(90)), (answer.Outcome, answer.TimeToLive));
        Assert.Equal(1, server.Questions);
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_for_by_TCP()
    {
        var records = Enumerable.Range(0, 100).Select(i => new DnsAddress("example.org", Hour, new IPAddress([192, 0, 2, (byte)i]))).ToArray();
        await using var server = new FakeDnsServer((question, byStream) =>
            [(byStream ? FakeDnsServer.Answer(question, records) : FakeDnsServer.Like(question, truncated: true)).ToBytes()]);

        var answer = await Resolver(server).ResolveAsync("example.org", DnsType.A, Cancellation);

        Assert.Equal(records.Take(DnsAnswer.MaxRecords), answer.Records);
    }

    [Theory]
    [InlineData(DnsResponseCode.ServerFailure)]
    [InlineData(DnsResponseCode.Refused)]
    public async Task A_server_that_fails_is_asked_again_and_the_next_one_too(DnsResponseCode code)
    {
        await using var failing = new FakeDnsServer(question => FakeDnsServer.Like(question, code: code));
        await using var good = new FakeDnsServer(question => FakeDnsServer.Answer(question, Host));

        Assert.Equal(DnsOutcome.ServerFailure, (await Resolver(failing).ResolveAsync("example.org", DnsType.A, Cancellation)).Outcome);
        Assert.Equal(2, failing.Questions);
        Assert.Equal(DnsOutcome.Found, (await Resolver(failing, good).ResolveAsync("example.org", DnsType.A, Cancellation)).Outcome);
    }

    [Fact]
    public async Task A_server_that_does_not_resolve_for_others_has_failed()
    {
        await using var server = new FakeDnsServer(question => FakeDnsServer.Like(question, recursive: false));

        Assert.Equal(DnsOutcome.ServerFailure, (await Resolver(server).ResolveAsync("example.org", DnsType.A, Cancellation)).Outcome);
    }

    [Fact]
    public async Task A_server_from_before_EDNS_is_asked_without()
    {
        var asked = 0;
        await using var server = new FakeDnsServer((question, _) => asked++ == 0
            ? [[(byte)(question.Id >> 8), (byte)question.Id, 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0]]
            : [FakeDnsServer.Answer(question, Host).ToBytes()]);

        Assert.Equal(DnsOutcome.Found, (await Resolver(server, attempts: 1).ResolveAsync("example.org", DnsType.A, Cancellation)).Outcome);
    }

    [Fact]
    public async Task A_silent_server_is_a_time_out_and_the_next_one_is_asked()
    {
        await using var silent = new FakeDnsServer(static _ => null);
        await using var good = new FakeDnsServer(question => FakeDnsServer.Answer(question, Host));
        var options = new FederationOptions { ResolverTimeout = TimeSpan.FromMilliseconds(50) };

        var answer = await Resolver(options, silent.Address).ResolveAsync("example.org", DnsType.A, Cancellation);

        Assert.Equal((DnsOutcome.TimedOut, 2), (answer.Outcome, silent.Questions));
        Assert.Equal(DnsOutcome.Found, (await Resolver(options, silent.Address, good.Address).ResolveAsync("example.org", DnsType.A, Cancellation)).Outcome);
    }

    [Fact]
    public async Task Where_no_server_listens_nobody_answers()
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = (IPEndPoint)free.LocalEndPoint!;
        free.Close();

        var answer = await Resolver(new FederationOptions { ResolverTimeout = TimeSpan.FromMilliseconds(200) }, address).ResolveAsync("example.org", DnsType.A, Cancellation);

        Assert.Equal(DnsOutcome.TimedOut, answer.Outcome);
    }

    [Fact]
    public async Task Aliases_are_followed_within_an_answer_and_beyond_it()
    {
        await using var server = new FakeDnsServer(question => question.Name switch
        {
            "a.org" => FakeDnsServer.Answer(question, new DnsAlias("a.org", TimeSpan.FromSeconds(30), "b.org"), new DnsAlias("b.org", Hour, "c.org")),
            "c.org" => FakeDnsServer.Answer(question, Host with { Owner = "c.org" }),
            _ => FakeDnsServer.Like(question, code: DnsResponseCode.NameError),
        });

        var answer = await Resolver(server).ResolveAsync("a.org", DnsType.A, Cancellation);

        Assert.Equal((DnsOutcome.Found, TimeSpan.FromSeconds(30), 2), (answer.Outcome, answer.TimeToLive, server.Questions));
    }

    [Fact]
    public async Task Aliases_that_go_round_or_never_end_are_a_failure()
    {
        await using var server = new FakeDnsServer(question => FakeDnsServer.Answer(question, question.Name.StartsWith('n')
            ? new DnsAlias(question.Name, Hour, $"n{question.Name}")
            : new DnsAlias(question.Name, Hour, question.Name == "x.org" ? "y.org" : "x.org")));

        Assert.Equal(DnsOutcome.ServerFailure, (await Resolver(server).ResolveAsync("x.org", DnsType.A, Cancellation)).Outcome);
        Assert.Equal(2, server.Questions);
        Assert.Equal(DnsOutcome.ServerFailure, (await Resolver(server).ResolveAsync("n.org", DnsType.A, Cancellation)).Outcome);
        Assert.Equal(2 + 1 + UdpDnsResolver.MaxAliases, server.Questions);
    }

    [Fact]
    public async Task Who_gives_up_waits_no_longer()
    {
        await using var silent = new FakeDnsServer(static _ => null);
        using var giveUp = new CancellationTokenSource();
        var question = Resolver(silent).ResolveAsync("example.org", DnsType.A, giveUp.Token);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await question);
    }

    private static UdpDnsResolver Resolver(FakeDnsServer server, int attempts = 2) =>
        Resolver(new FederationOptions { ResolverAttempts = attempts, ResolverTimeout = TimeSpan.FromSeconds(10) }, server.Address);

    private static UdpDnsResolver Resolver(params FakeDnsServer[] servers) =>
        Resolver(new FederationOptions { ResolverTimeout = TimeSpan.FromSeconds(10) }, [.. servers.Select(static server => server.Address)]);

    private static UdpDnsResolver Resolver(FederationOptions options, params IPEndPoint[] servers) =>
        new(new Servers(servers), new DnsExchange(options, TimeProvider.System), options);

    private sealed record Servers(IReadOnlyList<IPEndPoint> All) : IDnsServers
    {
        public IReadOnlyList<IPEndPoint> Current() => All;
    }
}
