using Parley.Interop.Tests.Federation.Servers;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Parley and Parley, in a process each.</summary>
public sealed class TwoParleysTests(TwoParleysTests.Pairs pairs) : OtherServerTests(pairs), IClassFixture<TwoParleysTests.Pairs>
{
    [Fact]
    public async Task Nothing_is_lost_with_a_server_that_is_killed()
    {
        var pair = await PairAsync(ServerProof.Certificate);
        using var time = new TestTime(100);
        var (alice, bob) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var __ = bob;

        var chat = await InterruptedChat.RunAsync(alice, bob, pair.There, pair.There.KillAsync, time.Token);

        // What it had not acknowledged is sent again (XEP-0198): some of that may have arrived before.
        Assert.Empty(chat.Lost);
    }

    /// <summary>The servers.</summary>
    public sealed class Pairs : ServerPairs
    {
        internal override TestedServer Create(ServerSetup setup) => new ParleyServer(setup);
    }
}
