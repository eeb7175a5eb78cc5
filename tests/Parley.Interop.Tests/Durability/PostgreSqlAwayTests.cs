using System.Xml.Linq;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Storage;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>PostgreSQL goes away under a running server and comes back: nothing is accepted meanwhile, and all goes on without a restart.</summary>
public sealed class PostgreSqlAwayTests
{
    [Fact]
    public async Task Nothing_is_acknowledged_without_a_commit_and_its_return_mends_all()
    {
        using var time = new TestTime(120);
        using var database = new PostgreSqlServer();
        string[] options = ["--allow-insecure", "--store", database.CreateDatabase()];
        await using var parley = await ParleyProcess.StartAsync(time.Token, options);
        foreach (var user in (string[])["alice", "bob"])
        {
            await using var registration = await StreamClient.ConnectAsync(parley.Port, time.Token);
            await registration.RegisterAsync(user, time.Token);
        }

        var alice = new OutageSender(await StreamClient.LogInAsync(parley.Port, "alice", time.Token), "bob@localhost");
        await using var stream = alice.Stream;
        await alice.EnableAsync(time.Token);
        Assert.Null(await alice.SendAsync(time.Token));
        for (var outage = 0; outage < 2; outage++)
        {
            database.Stop();
            for (var i = 0; i < 5; i++)
            {
                var error = Assert.IsType<XElement>(await alice.SendAsync(time.Token)).Element(StreamClient.Client + "error")!;
                Assert.Equal("wait", error.Attribute("type")?.Value);
                Assert.Equal("resource-constraint", error.Elements().First().Name.LocalName);
            }

            database.Start();
            Assert.Null(await alice.SendAsync(time.Token));
        }

        Assert.Equal(3, alice.Accepted.Count);
        Assert.Equal(alice.Accepted, await alice.StoredAsync("alice", parley.Port, time.Token));
        Assert.Equal(alice.Accepted, await alice.StoredAsync("bob", parley.Port, time.Token));
    }
}
