using System.Globalization;
using System.Xml.Linq;
using Parley.Interop.Tests.Federation.Servers;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Parley and Prosody with its mod_smacks: acknowledgements between servers (XEP-0198). Prosody resumes no stream of a server: what it had not acknowledged Parley sends again, what Parley had not Prosody gives back.</summary>
public sealed class ProsodyManagementTests(ProsodyManagementTests.Pairs pairs) : IClassFixture<ProsodyManagementTests.Pairs>, IDisposable
{
    private const int Count = 300;
    private ServerPair? _pair;

    [Theory]
    [InlineData(ServerProof.Certificate)]
    [InlineData(ServerProof.DirectTls)]
    public async Task Nothing_is_lost_with_connections_that_are_cut(ServerProof proof)
    {
        var pair = await PairAsync(proof);
        using var time = new TestTime(100);
        var (alice, bob) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var __ = bob;

        // What waits for Prosody's stream while that comes about is not counted by it.
        await bob.SayAsync(alice.Address, "first", "", time.Token);
        await alice.MessageAsync("first", time.Token);
        await alice.SayAsync(bob.Address, "first", "", time.Token);
        await bob.MessageAsync("first", time.Token);
        Assert.Contains("Enabling stream management", pair.There.Transcript, StringComparison.Ordinal);

        var sending = Task.WhenAll(SendAsync(alice, bob, time.Token), SendAsync(bob, alice, time.Token));
        await Person.FirstToHearAsync("100", time.Token, bob);
        await Person.FirstToHearAsync("100", time.Token, alice);
        pair.Cut();
        await sending;

        // Those that come last are behind all others.
        await ArriveAsync(alice, bob, time.Token);
        await ArriveAsync(bob, alice, time.Token);
        var (arrived, here) = (Numbers(bob, null), Numbers(alice, "error"));
        var (came, back) = (Numbers(alice, null), Numbers(bob, "error"));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"to Prosody: {arrived.Count} came, {arrived.Distinct().Count()} of them different, {here.Count} back; to Parley: {came.Count}, {came.Distinct().Count()}, {back.Count} back");
        Assert.Equal(Enumerable.Range(0, Count), arrived.Distinct().Order());
        Assert.Empty(here);
        Assert.Equal(Enumerable.Range(0, Count), came.Concat(back).Distinct().Order());
        Assert.Equal(came.Distinct(), came);
    }

    [Theory]
    [InlineData(ServerProof.Certificate)]
    [InlineData(ServerProof.DirectTls)]
    public async Task Nothing_is_lost_with_a_server_that_is_stopped_and_started(ServerProof proof)
    {
        var pair = await PairAsync(proof);
        using var time = new TestTime(100);
        var (alice, bob) = await pair.MeetAsync(time.Token);
        await using (alice)
        await using (bob)
        {
            var there = await InterruptedChat.RunAsync(alice, bob, pair.There, () => pair.There.StopAsync(time.Token), time.Token);
            Assert.Empty(there.Lost);
        }

        (alice, bob) = await pair.MeetAsync(time.Token);
        await using (alice)
        await using (bob)
        {
            var here = await InterruptedChat.RunAsync(bob, alice, pair.Here, () => pair.Here.StopAsync(time.Token), time.Token);
            Assert.Empty(here.Lost);
            here.AssertNoneIsDoubled();
        }
    }

    /// <summary>What both servers have said goes with a failure.</summary>
    public void Dispose()
    {
        if (TestContext.Current.TestState is { Result: TestResult.Failed } && _pair is { } pair)
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"Here:\n{pair.Here.Transcript}\nThere:\n{pair.There.Transcript}");
        }
    }

    private async Task<ServerPair> PairAsync(ServerProof proof) => _pair = await pairs.PairAsync(proof);

    private static async Task SendAsync(Person sender, Person recipient, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Count; i++)
        {
            await sender.SayAsync(recipient.Address, i.ToString(CultureInfo.InvariantCulture), "", cancellationToken);
            if (i % 20 == 0)
            {
                await sender.PingAsync(cancellationToken);
            }
        }
    }

    private static async Task ArriveAsync(Person sender, Person recipient, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            await sender.SayAsync(recipient.Address, $"end{i}", "", cancellationToken);
            if (await Person.FirstToHearAsync($"end{i}", cancellationToken, sender, recipient) == recipient)
            {
                return;
            }
        }
    }

    private static List<int> Numbers(Person person, string? type) =>
    [
        .. person.Take(stanza => IsNumbered(stanza) && (stanza.Attribute("type")?.Value == "error" ? "error" : null) == type)
            .Select(static message => int.Parse(message.Attribute("id")!.Value, CultureInfo.InvariantCulture)),
    ];

    private static bool IsNumbered(XElement stanza) => stanza.Name.LocalName == "message" && stanza.Attribute("id")?.Value is [>= '0' and <= '9', ..];

    /// <summary>The servers.</summary>
    public sealed class Pairs : ServerPairs
    {
        private protected override bool MayBeCut => true;

        internal override TestedServer Create(ServerSetup setup) => new ProsodyServer(setup, isManaged: true);
    }
}
