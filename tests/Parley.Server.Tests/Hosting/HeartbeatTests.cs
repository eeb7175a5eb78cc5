using Parley.Server.Connections;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hosting;

public sealed class HeartbeatTests
{
    [Fact]
    public void A_target_that_fails_keeps_no_other_from_its_beat()
    {
        var time = new FakeTime();
        using var heartbeat = new Heartbeat(time);
        var asked = 0;
        for (var i = 0; i < 10; i++)
        {
            heartbeat.Add(new Target(() => asked++));
            heartbeat.Add(new Target(static () => throw new InvalidOperationException("A fault of the test.")));
        }

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(20, asked);
    }

    private sealed class Target(Action beat) : IHeartbeatTarget
    {
        public void OnHeartbeat(long timestamp) => beat();
    }
}
