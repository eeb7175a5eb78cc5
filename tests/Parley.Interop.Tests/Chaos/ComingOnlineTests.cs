using System.Globalization;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Chaos;

/// <summary>Who comes online amid a stream of messages gets those that were stored and those that come live in the order in which they were sent.</summary>
public sealed class ComingOnlineTests
{
    private const int Rounds = 20;
    private const int Messages = 200;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stored_and_live_messages_keep_their_order(bool managed)
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--allow-insecure"]);
        foreach (var user in (string[])["alice", "bob"])
        {
            await using var registration = await StreamClient.ConnectAsync(parley.Port, time.Token);
            await registration.RegisterAsync(user, time.Token);
        }

        await using var alice = await StreamClient.LogInAsync(parley.Port, "alice", time.Token);
        for (var round = 0; round < Rounds; round++)
        {
            await using var bob = await StreamClient.LogInAsync(parley.Port, "bob", time.Token);
            if (managed)
            {
                await bob.SendAsync("<enable xmlns='urn:xmpp:sm:3'/>", time.Token);
            }

            // Bob becomes available somewhere amid these.
            var sending = SendAsync(alice, round * Messages, time.Token);
            await bob.SendAsync("<presence/>", time.Token);
            await sending;
            var numbers = new List<int>();
            var handled = 0;
            while (numbers.Count < Messages)
            {
                var element = await bob.ReadAsync(time.Token);
                handled += element.Name.Namespace == StreamClient.Client ? 1 : 0;
                if (element.Name.LocalName == "r")
                {
                    await bob.SendAsync($"<a xmlns='{element.Name.NamespaceName}' h='{handled}'/>", time.Token);
                }

                if (Inbox.NumberOf(element) is { } number)
                {
                    numbers.Add(number);
                }
            }

            Assert.Equal(Enumerable.Range(round * Messages, Messages), numbers);
            var acknowledgement = managed ? $"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>" : "";
            await bob.SendAsync($"<presence type='unavailable'/>{acknowledgement}</stream:stream>", time.Token);
            await Assert.ThrowsAsync<EndOfStreamException>(() => bob.ReadAsync(static _ => false, time.Token));
        }
    }

    private static async Task SendAsync(StreamClient alice, int first, CancellationToken cancellationToken)
    {
        for (var number = first; number < first + Messages; number++)
        {
            await alice.SendAsync(string.Create(
                CultureInfo.InvariantCulture, $"<message to='bob@localhost' type='chat'><body>{number}</body></message>"), cancellationToken);
        }
    }
}
