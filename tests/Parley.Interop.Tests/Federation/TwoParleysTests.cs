using Parley.Interop.Tests.Federation.Servers;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Parley and Parley, in a process each.</summary>
public sealed class TwoParleysTests(TwoParleysTests.Pairs pairs) : OtherServerTests(pairs), IClassFixture<TwoParleysTests.Pairs>
{
    [Fact]
    public async Task A_server_that_is_killed_takes_along_at_most_what_was_on_its_way()
    {
        var pair = await PairAsync(ServerProof.Certificate);
        using var time = new TestTime(100);
        var (alice, bob) = await pair.MeetAsync(time.Token);
        await using var _ = alice;
        await using var __ = bob;

        var chat = await InterruptedChat.RunAsync(alice, bob, pair.There, pair.There.KillAsync, time.Token);

        // The socket had taken them: they follow on each other. All others have arrived or come back.
        chat.AssertNoneIsDoubled();
        chat.AssertLostAreOneRun();
    }

    /// <summary>The servers.</summary>
    public sealed class Pairs : ServerPairs
    {
        internal override TestedServer Create(ServerSetup setup) => new ParleyServer(setup);
    }
}
