using System.Globalization;
using System.Xml.Linq;
using Parley.Interop.Tests.Federation.Servers;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Parley and Parley, in a process each.</summary>
public sealed class TwoParleysTests(TwoParleysTests.Pairs pairs) : OtherServerTests(pairs), IClassFixture<TwoParleysTests.Pairs>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_is_killed_takes_along_at_most_what_was_on_its_way(bool isKilled)
    {
        using var time = new TestTime(60);
        var pair = await PairAsync(ServerProof.Certificate, time.Token);
        var (alice, bob) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var __ = bob;
        using var enough = new CancellationTokenSource();
        var sending = SendAsync(alice, bob.Address, enough.Token, time.Token);

        // In the middle of it; then it is noticed, and then chat goes on.
        var arrived = new List<XElement> { await bob.MessageAsync("200", time.Token) };
        await (isKilled ? pair.There.KillAsync() : pair.There.StopAsync(time.Token));
        var bounced = new List<XElement> { await alice.HearAsync(IsBounce, time.Token) };
        await pair.There.StartAsync(time.Token);
        await using var again = await Person.LogInAsync(pair.There, bob.User, time.Token, "again");
        arrived.Add(await again.HearAsync(static stanza => stanza.Element(Body) is not null, time.Token));
        await enough.CancelAsync();
        var count = await sending;
        await alice.SayAsync(bob.Address, "end", "", time.Token);
        await again.MessageAsync("end", time.Token);
        await alice.PingAsync(time.Token);

        // Each comes or comes back, in its order and once, but for those around the moment at which it was killed: they follow on each other.
        arrived.AddRange(bob.Take(static stanza => stanza.Element(Body) is not null));
        arrived.AddRange(again.Take(static stanza => stanza.Element(Body) is not null));
        bounced.AddRange(alice.Take(IsBounce));
        var told = arrived.Concat(bounced).Select(static stanza => int.Parse(stanza.Attribute("id")!.Value, CultureInfo.InvariantCulture)).Order().ToList();
        Assert.Equal(told.Distinct(), told);
        var lost = Enumerable.Range(0, count).Except(told).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} sent, {arrived.Count} arrived, {bounced.Count} bounced, {lost.Count} lost");
        Assert.True(lost.Count == 0 || (lost[0] > 200 && lost[^1] - lost[0] == lost.Count - 1), string.Join(' ', lost));
    }

    private static bool IsBounce(XElement stanza) => stanza.Name.LocalName == "message" && stanza.Attribute("type")?.Value == "error";

    // Numbers, as fast as the own server takes them.
    private static async Task<int> SendAsync(Person sender, string to, CancellationToken enough, CancellationToken cancellationToken)
    {
        var count = 0;
        while (!enough.IsCancellationRequested)
        {
            await sender.SayAsync(to, count.ToString(CultureInfo.InvariantCulture), "", cancellationToken);
            if (++count % 20 == 0)
            {
                await sender.PingAsync(cancellationToken);
            }
        }

        return count;
    }

    /// <summary>The servers.</summary>
    public sealed class Pairs : ServerPairs
    {
        internal override TestedServer Create(ServerSetup setup) => new ParleyServer(setup);
    }
}
