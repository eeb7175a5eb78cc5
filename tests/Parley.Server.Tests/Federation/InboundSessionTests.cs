using Parley.Server.Tests.Hostile.Servers;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>How many lost streams of other servers are remembered (XEP-0198 §5).</summary>
public sealed class InboundSessionTests : IDisposable
{
    private const int MaxPairs = 10_000;
    private const int PairsOfOne = 250;
    private readonly EvilCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task One_that_is_lost_and_resumed_again_and_again_has_no_other_forgotten()
    {
        await using var network = await EvilNetwork.StartAsync(_certificates.Trust);
        var evil = network[Link.StartTls];
        using var good = _certificates.Make("good", evil.Domain);
        using var wildcard = _certificates.Make("parent's name", evil.Domain);
        var first = await evil.OpenAsync(network.Server, good);
        await VerifyAsync(first, evil.Domain);
        var id = await first.EnableAsync();
        await first.DisposeAsync();

        var many = await evil.OpenAsync(network.Server, wildcard, $"r0.{evil.Domain}");
        await VerifyManyAsync(many, evil.Domain);
        var flapping = await many.EnableAsync();
        for (var pairs = 0; pairs <= MaxPairs; pairs += PairsOfOne)
        {
            await many.DisposeAsync();
            many = await evil.OpenAsync(network.Server, wildcard, $"r0.{evil.Domain}");
            await VerifyManyAsync(many, evil.Domain);
            Assert.True((await many.AskToResumeAsync(flapping)).Is("resumed", ManagedServerPeer.Management));
        }

        var again = await evil.OpenAsync(network.Server, good);
        await VerifyAsync(again, evil.Domain);
        Assert.True((await again.AskToResumeAsync(id)).Is("resumed", ManagedServerPeer.Management), again.Describe("<resumed/> was due"));
    }

    [Fact]
    public async Task Beyond_the_limit_those_that_were_lost_first_are_forgotten()
    {
        await using var network = await EvilNetwork.StartAsync(_certificates.Trust);
        var evil = network[Link.StartTls];
        using var wildcard = _certificates.Make("parent's name", evil.Domain);
        var ids = new List<string>();
        for (var pairs = 0; pairs <= MaxPairs; pairs += PairsOfOne)
        {
            var stream = await evil.OpenAsync(network.Server, wildcard, $"r0.{evil.Domain}");
            await VerifyManyAsync(stream, evil.Domain);
            ids.Add(await stream.EnableAsync());
            await stream.SendAsync("</stream:stream>");
            Assert.True((await stream.ReceiveAsync()).Is("a", ManagedServerPeer.Management));
            await stream.ExpectCloseAsync();
        }

        var again = await evil.OpenAsync(network.Server, wildcard, $"r0.{evil.Domain}");
        await VerifyManyAsync(again, evil.Domain);

        // Of a stream that was closed the count is what is remembered.
        (await again.AskToResumeAsync(ids[0])).IsFailed("item-not-found");
        (await again.AskToResumeAsync(ids[1])).IsFailed("item-not-found", "0");
    }

    private static async Task VerifyAsync(TestClient peer, params string[] domains)
    {
        await peer.SendAsync(string.Concat(domains.Select(static domain => $"<db:result from='{domain}' to='{EvilNetwork.Host}'>{ServerPeer.Key}</db:result>")));
        foreach (var domain in domains)
        {
            await peer.ExpectAsync("result", EvilNetwork.Host, domain, "valid");
        }
    }

    private static Task VerifyManyAsync(TestClient peer, string below) => VerifyAsync(peer, [.. Enumerable.Range(0, PairsOfOne).Select(i => $"r{i}.{below}")]);
}
