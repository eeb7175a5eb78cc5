using System.Net;
using Parley.Server.Federation;
using Parley.Server.Federation.Dns;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Federation.Dns;

public sealed class CachingDnsResolverTests
{
    private readonly FakeTime _time = new();
    private readonly Source _source = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(300, 300)]
    [InlineData(0, 5)]
    [InlineData(1_000_000, 3600)]
    public async Task An_answer_is_remembered_for_its_time_within_bounds(int timeToLive, int remembered)
    {
        _source.Next = Found(timeToLive);

        await RemembersForAsync(remembered);
    }

    [Theory]
    [InlineData(DnsOutcome.NoSuchDomain, 0, 60)]
    [InlineData(DnsOutcome.NoSuchRecord, 0, 60)]
    [InlineData(DnsOutcome.NoSuchDomain, 100_000, 300)]
    [InlineData(DnsOutcome.NoSuchRecord, 1, 5)]
    [InlineData(DnsOutcome.ServerFailure, 0, 5)]
    [InlineData(DnsOutcome.TimedOut, 0, 5)]
    public async Task So_is_that_there_is_none(DnsOutcome outcome, int timeToLive, int remembered)
    {
        _source.Next = new DnsAnswer(outcome, [], TimeSpan.FromSeconds(timeToLive));

        await RemembersForAsync(remembered);
    }

    [Fact]
    public async Task Equal_questions_at_the_same_time_share_one_query_and_others_do_not()
    {
        var gate = new TaskCompletionSource();
        _source.Gate = gate.Task;
        var cache = Cache();
        using var giveUp = new CancellationTokenSource();
        var first = cache.ResolveAsync("example.org", DnsType.A, giveUp.Token).AsTask();
        var second = cache.ResolveAsync("EXAMPLE.org.", DnsType.A, Cancellation).AsTask();
        var other = cache.ResolveAsync("example.org", DnsType.Aaaa, Cancellation).AsTask();

        // Who gives up does not end the others' question.
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        Assert.Equal(DnsOutcome.Found, (await second).Outcome);
        Assert.Equal(DnsOutcome.Found, (await other).Outcome);
        Assert.Equal(2, _source.Questions);
    }

    [Fact]
    public async Task What_was_not_asked_for_the_longest_is_forgotten_when_there_is_too_much()
    {
        var cache = Cache(records: 100);
        for (var i = 0; i < 1000; i++)
        {
            await cache.ResolveAsync($"d{i}.org", DnsType.A, Cancellation);
            await cache.ResolveAsync("often.org", DnsType.A, Cancellation);
            Assert.InRange(cache.Cost, 1, 100);
        }

        Assert.Equal(1001, _source.Questions);
        await cache.ResolveAsync("d0.org", DnsType.A, Cancellation);
        Assert.Equal(1002, _source.Questions);
    }

    [Fact]
    public async Task Too_many_questions_at_a_time_are_answered_with_a_failure()
    {
        var gate = new TaskCompletionSource();
        _source.Gate = gate.Task;
        var cache = Cache();
        var open = Enumerable.Range(0, CachingDnsResolver.MaxConcurrentQuestions).Select(i => cache.ResolveAsync($"d{i}.org", DnsType.A, Cancellation).AsTask()).ToList();

        Assert.Equal(DnsOutcome.ServerFailure, (await cache.ResolveAsync("more.org", DnsType.A, Cancellation)).Outcome);

        gate.SetResult();
        Assert.All(await Task.WhenAll(open), static answer => Assert.Equal(DnsOutcome.Found, answer.Outcome));
        Assert.Equal(DnsOutcome.Found, (await cache.ResolveAsync("more.org", DnsType.A, Cancellation)).Outcome);
    }

    private async Task RemembersForAsync(int seconds)
    {
        var cache = Cache();
        await cache.ResolveAsync("example.org", DnsType.A, Cancellation);
        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        await cache.ResolveAsync("example.org", DnsType.A, Cancellation);
        Assert.Equal(1, _source.Questions);
        _time.Advance(TimeSpan.FromTicks(1));
        await cache.ResolveAsync("example.org", DnsType.A, Cancellation);
        Assert.Equal(2, _source.Questions);
    }

    private static DnsAnswer Found(int timeToLive) =>
        new(DnsOutcome.Found, [new DnsAddress("example.org", TimeSpan.FromSeconds(timeToLive), IPAddress.Loopback)], TimeSpan.FromSeconds(timeToLive));

    private CachingDnsResolver Cache(int records = 1000) => new(_source, new FederationOptions { ResolverCacheRecords = records }, _time);

    private sealed class Source : IDnsResolver
    {
        private int _questions;

        internal DnsAnswer Next { get; set; } = Found(300);

        internal Task Gate { get; set; } = Task.CompletedTask;

        internal int Questions => _questions;

        public async ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _questions);
            await Gate;
            return Next;
        }
    }
}
