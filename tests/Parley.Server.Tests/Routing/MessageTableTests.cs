using Parley.Protocol;
using Parley.Protocol.Extensions;
using Parley.Protocol.Addressing;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Routing;

/// <summary>What becomes of a message.</summary>
public enum Outcome
{
    /// <summary>The one resource gets it.</summary>
    Delivered,

    /// <summary>It is kept until a resource takes it (XEP-0160).</summary>
    Kept,

    /// <summary>The sender gets service-unavailable.</summary>
    Refused,

    /// <summary>Nothing: nobody hears of it.</summary>
    Ignored,
}

/// <summary>Messages to local accounts: the table of RFC 6121 §8.5.4, with the choices of the server where it leaves one.</summary>
public class MessageTableTests
{
    private static readonly string?[] Types = [null, "normal", "chat", "groupchat", "headline", "error", "unknown"];

    public static TheoryData<string, string?, Outcome> WithoutAccount => Cells(
        ("nobody@example.org", [Outcome.Refused, Outcome.Refused, Outcome.Refused, Outcome.Refused, Outcome.Ignored, Outcome.Ignored, Outcome.Refused]),
        ("nobody@example.org/r", [Outcome.Refused, Outcome.Refused, Outcome.Refused, Outcome.Refused, Outcome.Ignored, Outcome.Ignored, Outcome.Refused]));

    public static TheoryData<string, string?, Outcome> WithoutResource => Cells(
        ("bob@example.org", [Outcome.Kept, Outcome.Kept, Outcome.Kept, Outcome.Refused, Outcome.Ignored, Outcome.Ignored, Outcome.Kept]),
        ("bob@example.org/r", [Outcome.Refused, Outcome.Refused, Outcome.Kept, Outcome.Refused, Outcome.Ignored, Outcome.Ignored, Outcome.Refused]));

    public static TheoryData<string, string?, Outcome> WithAnUnavailableResource => Cells(
        ("bob@example.org", [Outcome.Kept, Outcome.Kept, Outcome.Kept, Outcome.Refused, Outcome.Ignored, Outcome.Ignored, Outcome.Kept]),
        ("bob@example.org/r", [Outcome.Delivered, Outcome.Delivered, Outcome.Delivered, Outcome.Delivered, Outcome.Delivered, Outcome.Delivered, Outcome.Delivered]),
        ("bob@example.org/R", [Outcome.Refused, Outcome.Refused, Outcome.Kept, Outcome.Refused, Outcome.Ignored, Outcome.Ignored, Outcome.Refused]));

    // The table is RFC 6121's: what an archive keeps has an end there.
    private static Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(static options => options.ArchiveDefault = ArchiveDefault.Never);

    [Theory]
    [MemberData(nameof(WithoutAccount))]
    public async Task To_an_account_that_does_not_exist(string to, string? type, Outcome outcome)
    {
        await using var server = await StartAsync();
        await SendAndSeeAsync(server, null, to, type, outcome);
    }

    [Theory]
    [MemberData(nameof(WithoutResource))]
    public async Task To_an_account_without_a_resource(string to, string? type, Outcome outcome)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("bob@example.org");
        await SendAndSeeAsync(server, null, to, type, outcome);
    }

    [Theory]
    [MemberData(nameof(WithAnUnavailableResource))]
    public async Task To_an_account_whose_resource_is_not_available(string to, string? type, Outcome outcome)
    {
        await using var server = await StartAsync();
        var bob = await server.LoginAsync("bob@example.org/r");
        await SendAndSeeAsync(server, bob, to, type, outcome);
    }

    /// <summary>Bob's resources, by priority; u for one that is connected and not available. Then who of them gets the message, or what else becomes of it.</summary>
    public static TheoryData<string, string, string?, string> WithPriorities => new()
    {
        // Negative priorities only: what is for the account is kept, what is for the resource is delivered.
        { "-1", "bob@example.org", null, "kept" },
        { "-1", "bob@example.org", "chat", "kept" },
        { "-1", "bob@example.org", "groupchat", "refused" },
        { "-1", "bob@example.org", "headline", "" },
        { "-1", "bob@example.org", "error", "" },
        { "-1", "bob@example.org/0", null, "0" },
        { "-1", "bob@example.org/0", "chat", "0" },
        { "-1", "bob@example.org/0", "groupchat", "0" },
        { "-1", "bob@example.org/0", "headline", "0" },
        { "-1", "bob@example.org/0", "error", "0" },
        { "-1", "bob@example.org/x", null, "refused" },
        { "-1", "bob@example.org/x", "chat", "kept" },
        { "-128 -1", "bob@example.org", "chat", "kept" },

        // One resource that takes messages.
        { "0", "bob@example.org", null, "0" },
        { "0", "bob@example.org", "normal", "0" },
        { "0", "bob@example.org", "chat", "0" },
        { "0", "bob@example.org", "groupchat", "refused" },
        { "0", "bob@example.org", "headline", "0" },
        { "0", "bob@example.org", "error", "" },
        { "0", "bob@example.org/0", null, "0" },
        { "0", "bob@example.org/0", "groupchat", "0" },
        { "0", "bob@example.org/x", null, "refused" },
        { "0", "bob@example.org/x", "normal", "refused" },
        { "0", "bob@example.org/x", "chat", "0" },
        { "0", "bob@example.org/x", "groupchat", "refused" },
        { "0", "bob@example.org/x", "headline", "" },
        { "0", "bob@example.org/x", "error", "" },

        // Several: every one with a priority that is not negative gets what is for the account.
        { "1 5 127", "bob@example.org", null, "012" },
        { "1 5 127", "bob@example.org", "chat", "012" },
        { "1 5 127", "bob@example.org", "headline", "012" },
        { "1 5 127", "bob@example.org", "groupchat", "refused" },
        { "1 5 127", "bob@example.org/1", "chat", "1" },
        { "1 5 127", "bob@example.org/x", "chat", "012" },
        { "1 5 127", "bob@example.org/x", null, "refused" },
        { "1 5 127", "bob@example.org/x", "headline", "" },
        { "0 -1 u 3", "bob@example.org", null, "03" },
        { "0 -1 u 3", "bob@example.org", "chat", "03" },
        { "0 -1 u 3", "bob@example.org", "headline", "03" },
        { "0 -1 u 3", "bob@example.org/1", "chat", "1" },
        { "0 -1 u 3", "bob@example.org/2", "chat", "2" },
        { "0 -1 u 3", "bob@example.org/x", "chat", "03" },
    };

    [Theory]
    [MemberData(nameof(WithPriorities))]
    public async Task To_an_account_with_available_resources(string priorities, string to, string? type, string outcome)
    {
        await using var server = await StartAsync();
        var bobs = new List<TestClient>();
        foreach (var priority in priorities.Split(' '))
        {
            var bob = await server.LoginAsync($"bob@example.org/{bobs.Count}");
            bobs.Add(bob);
            if (priority != "u")
            {
                await bob.PresenceAsync(int.Parse(priority, System.Globalization.CultureInfo.InvariantCulture));
                await bob.BarrierAsync();
            }
        }

        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync(Message(to, type));
        var answers = await alice.ReceiveAllAsync();
        var seen = "";
        for (var i = 0; i < bobs.Count; i++)
        {
            seen += string.Concat((await bobs[i].ReceiveAllAsync()).Where(static element => element.Body() == "Hi").Select(_ => i));
        }

        seen += await KeptAsync(server, "bob@example.org") > 0 ? "kept" : "";
        seen += string.Concat(answers.Select(static answer => answer.IsError("service-unavailable", "cancel")).Select(static _ => "refused"));
        Assert.Equal(outcome, seen);
    }

    [Fact]
    public async Task Where_nothing_waits_messages_are_delivered_as_soon_as_the_presence_is_handled()
    {
        await using var server = await StartAsync();
        var bob = await server.LoginAsync("bob@example.org/r");
        for (var i = 0; i < 100; i++)
        {
            await bob.SendAsync("<presence type='unavailable'/>");
            await bob.PresenceAsync();
            await bob.BarrierAsync();
            Assert.False(server.Get<IMessageHold>().IsUnderWay(Jid.Parse("bob@example.org")));
        }
    }

    [Fact]
    public async Task Who_became_unavailable_gets_no_more_of_what_is_for_the_account()
    {
        await using var server = await StartAsync();
        var bob = await server.LoginAsync("bob@example.org/r");
        await bob.SendAsync("<presence/><presence type='unavailable'/>");
        await bob.BarrierAsync();
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync(Message("bob@example.org", "chat"));
        await alice.ExpectNothingAsync();
        Assert.Equal(1, await KeptAsync(server, "bob@example.org"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("chat")]
    [InlineData("groupchat")]
    [InlineData("headline")]
    public async Task A_full_address_reaches_its_resource_and_no_other(string? type)
    {
        await using var server = await StartAsync();
        var one = await server.LoginAsync("bob@example.org/1");
        var two = await server.LoginAsync("bob@example.org/2");
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync(Message("bob@example.org/2", type));
        Assert.Equal("Hi", (await two.MessageAsync()).Body());
        await one.ExpectNothingAsync(alice);
    }

    [Fact]
    public async Task Order_is_kept()
    {
        await using var server = await StartAsync();
        var bob = await server.LoginAsync("bob@example.org/r");
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync(string.Concat(Enumerable.Range(0, 500).Select(i => $"<message to='bob@example.org/r' id='{i}'/>")));
        for (var i = 0; i < 500; i++)
        {
            Assert.Equal($"{i}", (await bob.ReceiveAsync()).Attribute("id"));
        }
    }

    [Theory]
    [InlineData("example.org", "service-unavailable", "cancel")]
    [InlineData("example.org/r", "service-unavailable", "cancel")]
    [InlineData("elsewhere.example", "remote-server-not-found", "cancel")]
    [InlineData("bob@elsewhere.example/r", "remote-server-not-found", "cancel")]
    public async Task To_what_takes_no_messages(string to, string condition, string errorType)
    {
        await using var server = await StartAsync();
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync(Message(to, "chat") + Message(to, "error"));
        var error = await alice.ReceiveAsync();
        error.IsError(condition, errorType);
        Assert.Equal(to, error.Attribute("from"));
        Assert.Equal("alice@example.org/a", error.Attribute("to"));
        await alice.ExpectNothingAsync();
    }

    [Fact]
    public async Task Without_exchange_with_other_servers_the_refusal_says_what_to_set()
    {
        await using var server = await StartAsync();
        var alice = await server.LoginAsync("alice@example.org/a");

        await alice.SendAsync(Message("bob@elsewhere.example", "chat"));

        var error = (await alice.ReceiveAsync()).IsError("remote-server-not-found", "cancel");
        Assert.Contains("Federation:Enabled", error.Child("text", Namespaces.StanzaErrors)!.Value.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_recipient_it_is_for_ones_own_account()
    {
        await using var server = await StartAsync();
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync("<message type='chat'><body>note</body></message>");
        await alice.ExpectNothingAsync();
        Assert.Equal(1, await KeptAsync(server, "alice@example.org"));
    }

    private static async Task SendAndSeeAsync(XmppTestServer server, TestClient? bob, string to, string? type, Outcome outcome)
    {
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync(Message(to, type));
        await alice.BarrierAsync();

        if (outcome == Outcome.Refused)
        {
            var error = await alice.ReceiveAsync();
            error.IsError("service-unavailable", "cancel");
            Assert.Equal("m", error.Attribute("id"));
            Assert.Equal(to, error.Attribute("from"));
        }

        if (outcome == Outcome.Delivered)
        {
            var message = await bob!.ReceiveAsync();
            Assert.Equal("Hi", message.Body());
            Assert.Equal("alice@example.org/a", message.Attribute("from"));
        }

        Assert.Equal(outcome == Outcome.Kept ? 1 : 0, await KeptAsync(server, "bob@example.org"));
        await alice.ExpectNothingAsync();
        if (bob is not null)
        {
            await bob.ExpectNothingAsync();
        }
    }

    private static async Task<int> KeptAsync(XmppTestServer server, string account) =>
        await server.Get<IOfflineStore>().CountAsync(Jid.Parse(account), CancellationToken.None);

    private static string Message(string to, string? type) =>
        $"<message to='{to}' id='m'{(type is null ? "" : $" type='{type}'")}><body>Hi</body></message>";

    private static TheoryData<string, string?, Outcome> Cells(params (string To, Outcome[] Outcomes)[] rows)
    {
        var data = new TheoryData<string, string?, Outcome>();
        foreach (var (to, outcomes) in rows)
        {
            for (var i = 0; i < Types.Length; i++)
            {
                data.Add(to, Types[i], outcomes[i]);
            }
        }

        return data;
    }
}
