using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Archive;

/// <summary>Offline messages and the archive together.</summary>
public class CatchUpTests
{
    private static readonly Jid Juliet = Jid.Parse("juliet@example.org");

    /// <summary>A server with the storage of these tests.</summary>
    protected virtual Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) => XmppTestServer.StartAsync(options);

    [Fact]
    public async Task A_message_that_waited_has_the_id_that_it_has_in_the_archive()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        await SayAsync(server, "1");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await juliet.AppearAsync();

        var message = await juliet.MessageAsync();

        Assert.NotNull(message.Child("delay", "urn:xmpp:delay"));
        Assert.Equal(Assert.Single((await juliet.ArchiveAsync()).Ids), message.StanzaId("juliet@example.org"));
    }

    [Theory]
    [InlineData("<max>10</max>")]
    [InlineData("<max>10</max><before/>")]
    [InlineData("<max>2</max>", "<max>2</max><after>{1}</after>", "<max>2</max><after>{3}</after>")]
    [InlineData("<max>2</max><before/>", "<max>2</max><before>{3}</before>", "<max>10</max><before>{1}</before>")]
    public async Task Who_has_caught_up_before_is_not_shown_it_again(params string[] pages)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        await SayAsync(server, "0", "1", "2", "3", "4");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await CatchUpAsync(server, juliet, pages);
        await SayAsync(server, "5");

        await juliet.AppearAsync();

        Assert.Equal("5", (await juliet.MessageAsync()).Body());
        await SayAsync(server, "6");
        Assert.Equal("6", (await juliet.MessageAsync()).Body());
        await juliet.ExpectNothingAsync();
        Assert.Equal(0, await server.Get<IOfflineStore>().CountAsync(Juliet, CancellationToken.None));
    }

    [Theory]
    [InlineData("<max>4</max>")]
    [InlineData("<max>1</max><before/>")]
    [InlineData("<max>0</max>")]
    [InlineData("<max>10</max><before>{4}</before>")]
    [InlineData("<max>10</max><index>0</index>")]
    public async Task Who_has_only_looked_gets_everything(params string[] pages)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        await SayAsync(server, "0", "1", "2", "3", "4");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await CatchUpAsync(server, juliet, pages);

        await juliet.AppearAsync();

        await ExpectAllAsync(juliet);
    }

    [Theory]
    [InlineData("with=nurse@example.org")]
    [InlineData("{urn:xmpp:fulltext:0}fulltext=3")]
    [InlineData("end=2030-01-01T00:00:00Z")]
    public async Task Who_has_searched_gets_everything(string field)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        await SayAsync(server, "0", "1", "2", "3", "4");
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        Assert.NotEmpty((await juliet.ArchiveAsync(field)).Results);

        await juliet.AppearAsync();

        await ExpectAllAsync(juliet);
    }

    [Fact]
    public async Task What_the_archive_gave_to_a_connection_that_was_lost_still_waits()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        await SayAsync(server, "0", "1", "2", "3", "4");
        var lost = await server.LoginAsync("juliet@example.org/balcony");
        await lost.ArchiveAsync();
        await lost.DisposeAsync();

        var juliet = await server.LoginAsync("juliet@example.org/chamber");
        await juliet.AppearAsync();

        await ExpectAllAsync(juliet);
    }

    [Fact]
    public async Task What_one_resource_fetched_another_gets_delivered()
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("juliet@example.org");
        await SayAsync(server, "0", "1", "2", "3", "4");
        var reader = await server.LoginAsync("juliet@example.org/balcony");
        await reader.ArchiveAsync();
        var juliet = await server.LoginAsync("juliet@example.org/chamber");

        await juliet.AppearAsync();

        await ExpectAllAsync(juliet);
        await reader.ExpectNothingAsync();
    }

    private static async Task SayAsync(XmppTestServer server, params string[] bodies)
    {
        var nurse = await server.LoginAsync("nurse@example.org/house");
        await nurse.SayAsync("juliet@example.org", bodies);
    }

    private static async Task CatchUpAsync(XmppTestServer server, TestClient juliet, string[] pages)
    {
        var nurse = await server.LoginAsync("nurse@example.org/house");
        var ids = (await nurse.ArchiveAsync()).Ids.ToArray();
        foreach (var page in pages)
        {
            var set = page;
            for (var i = 0; i < ids.Length; i++)
            {
                set = set.Replace($"{{{i}}}", ids[i], StringComparison.Ordinal);
            }

            await juliet.PageAsync(set);
        }
    }

    private static async Task ExpectAllAsync(TestClient juliet)
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal($"{i}", (await juliet.MessageAsync()).Body());
        }

        await juliet.ExpectNothingAsync();
    }
}
