using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Proxy;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Chaos;

/// <summary>A clean restart (SIGTERM): sessions outlive it, and what had been sent to them comes with the resumption.</summary>
public sealed class RestartTests
{
    private const int Messages = 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sessions_are_resumed_after_a_restart(bool detached)
    {
        using var time = new TestTime(90);
        var data = Directory.CreateTempSubdirectory("parley-restart-").FullName;
        try
        {
            using var alice = new ResumingClient("alice", "bob");
            using var bob = new ResumingClient("bob", "alice");
            await using (var parley = await ParleyProcess.StartAsync(time.Token, ["--allow-insecure"], data))
            {
                foreach (var user in (string[])["alice", "bob"])
                {
                    await using var registration = await StreamClient.ConnectAsync(parley.Port, time.Token);
                    await registration.RegisterAsync(user, time.Token);
                }

                await using var proxy = TestProxy.Start(parley.Port);
                using var stopped = CancellationTokenSource.CreateLinkedTokenSource(time.Token);
                using var away = CancellationTokenSource.CreateLinkedTokenSource(time.Token);
                var sending = alice.RunAsync(parley.Port, stopped.Token);
                var receiving = bob.RunAsync(proxy.Port, away.Token);
                await Task.WhenAll(alice.EstablishedAsync(time.Token), bob.EstablishedAsync(time.Token));
                await SendAsync(alice, time.Token);
                await bob.Inbox.ReachAsync(Messages, time.Token);

                // From here on bob is not there, and the server knows it or does not.
                proxy.Freeze();
                await away.CancelAsync();
                await receiving;
                if (detached)
                {
                    proxy.Reset();
                }

                await SendAsync(alice, time.Token);
                await alice.Outbox.EmptyAsync(time.Token);
                await stopped.CancelAsync();
                await sending;
                await parley.StopAsync(time.Token);
            }

            await using var restarted = await ParleyProcess.StartAsync(time.Token, ["--allow-insecure"], data);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(time.Token);
            var runningAgain = bob.RunAsync(restarted.Port, end.Token);
            await bob.Inbox.ReachAsync(2 * Messages, time.Token);
            await end.CancelAsync();
            await runningAgain;
            Assert.Equal(1, bob.Resumptions);
            Assert.Equal(1, bob.Sessions);
            Assert.Empty(bob.Inbox.Violations);
            Assert.Empty(bob.Inbox.Repeated);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task SendAsync(ResumingClient client, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Messages; i++)
        {
            await client.SendAsync(cancellationToken);
        }
    }
}
