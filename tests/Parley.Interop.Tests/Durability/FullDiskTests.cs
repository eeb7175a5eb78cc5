using System.Xml.Linq;
using Parley.Interop.Tests.Chaos;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>The disk is full: what cannot be stored is refused and not acknowledged as stored, and when there is room again all goes on.</summary>
public sealed class FullDiskTests
{
    private const int Mebibytes = 24;

    // What the store has set aside before is used up by as much; then nothing can be committed.
    private const int MaxAccepted = 4000;

    [Fact]
    public async Task Nothing_is_acknowledged_without_a_commit_and_room_mends_all()
    {
        using var time = new TestTime(120);
        await using var disk = await SmallDisk.MountAsync(Mebibytes, time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--allow-insecure"], disk.Path);
        foreach (var user in (string[])["alice", "bob"])
        {
            await using var registration = await StreamClient.ConnectAsync(parley.Port, time.Token);
            await registration.RegisterAsync(user, time.Token);
        }

        var alice = new OutageSender(await StreamClient.LogInAsync(parley.Port, "alice", time.Token), "bob@localhost");
        await using var stream = alice.Stream;
        await alice.EnableAsync(time.Token);
        Assert.Null(await alice.SendAsync(time.Token));
        disk.Fill();
        XElement? refusal;
        while ((refusal = await alice.SendAsync(time.Token)) is null)
        {
            Assert.True(alice.Accepted.Count < MaxAccepted, "The disk does not become full.");
        }

        AssertWait(refusal);
        for (var i = 0; i < 20; i++)
        {
            if (await alice.SendAsync(time.Token) is { } again)
            {
                AssertWait(again);
            }
        }

        disk.Free();
        var before = alice.Accepted.Count;
        Assert.Null(await alice.SendAsync(time.Token));
        Assert.Null(await alice.SendAsync(time.Token));
        Assert.Equal(before + 2, alice.Accepted.Count);

        // Exactly what was accepted: nothing less, and nothing that was refused.
        Assert.Equal(alice.Accepted, await alice.StoredAsync("alice", parley.Port, time.Token));
        Assert.Equal(alice.Accepted, await alice.StoredAsync("bob", parley.Port, time.Token));
        await parley.KillAsync();
        await using var restarted = await ParleyProcess.StartAsync(time.Token, ["--allow-insecure"], disk.Path);
        Assert.Equal(alice.Accepted, await alice.StoredAsync("bob", restarted.Port, time.Token));
    }

    private static void AssertWait(XElement refusal)
    {
        var error = refusal.Element(StreamClient.Client + "error")!;
        Assert.Equal("wait", error.Attribute("type")?.Value);
        Assert.Equal("resource-constraint", error.Elements().First().Name.LocalName);
    }
}
