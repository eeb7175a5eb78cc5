using Microsoft.Playwright;
using Parley.Interop.Tests;
using Xunit;

namespace Parley.Browser.Tests.Chat;

/// <summary>What people do with rooms in the web chat. The pictures are in <c>artifacts/browser/rooms-websocket</c> and <c>rooms-bosh</c>.</summary>
public sealed class RoomTests(Chromium chromium) : IDisposable
{
    private const string Room = "tea";
    private readonly TestTime _time = new(120);

    [Theory]
    [InlineData("websocket")]
    [InlineData("bosh")]
    public async Task Two_visitors_make_a_room_find_it_chat_come_back_and_end_it(string transport)
    {
        await using var server = await ChatServer.StartAsync(_time.Token, ("CHAT__WEBSOCKET", transport == "websocket" ? "true" : "false"));
        await using var first = await Visitor.ComeAsync(chromium, server, "alice", $"rooms-{transport}");
        await using var second = await Visitor.ComeAsync(chromium, server, "bob", $"rooms-{transport}", ColorScheme.Dark);
        RoomVisitor alice = new(first), bob = new(second);
        (RoomVisitor, string) welcome = (alice, "Welcome to tea, Bob. ☕"), answer = (bob, "Thank you, Alice!"), again = (bob, "And back after a reload.");
        await first.RegisterAsync();
        await second.RegisterAsync();

        await alice.EnterAsync(Room);
        await alice.SeesInsideAsync("alice");
        await bob.EnterListedAsync(Room);
        await alice.SeesInsideAsync("alice", "bob");
        await bob.SeesInsideAsync("alice", "bob");

        await alice.SayAsync(welcome.Item2);
        await bob.ReadsAsync(welcome);
        await bob.SayAsync(answer.Item2);
        await alice.ReadsAsync(welcome, answer);
        await first.ShootAsync("chats");
        await second.ShootAsync("chats");

        await second.ReloadAsync();
        await bob.OpenAsync(Room);
        await bob.ReadsAsync(welcome, answer);
        await bob.SayAsync(again.Item2);
        await alice.ReadsAsync(welcome, answer, again);
        await second.ShootAsync("chats-after-reload");

        await alice.RetractAsync(again.Item2);
        await alice.SeesRetractedAsync("removed");
        await bob.SeesRetractedAsync("removed");
        await second.ShootAsync("is-moderated");

        await alice.SayAsync("/kick bob Mind the cups.");
        await bob.IsToldAsync("You have been kicked from this groupchat");
        await bob.IsToldAsync("Mind the cups.");
        await alice.SeesInsideAsync("alice");
        await first.ShootAsync("kicked");
        await second.ShootAsync("is-kicked");

        await bob.LeaveAsync(Room);
        await alice.InviteAsync(second, "Come back, there is cake.");
        await bob.AcceptInvitationAsync(Room, "Come back, there is cake.");
        await bob.ReadsAsync(welcome, answer);
        await bob.SeesRetractedAsync("removed");
        await alice.SeesInsideAsync("alice", "bob");
        await second.ShootAsync("is-back");

        await bob.LeaveAsync(Room);
        await bob.EnterFoundAsync("tea", Room);
        await alice.DestroyAsync(Room, "Tea is over.");
        await bob.IsToldAsync("This groupchat no longer exists");
        await bob.IsToldAsync("Tea is over.");
        await second.ShootAsync("is-destroyed");

        first.AssertUsed(transport);
        second.AssertUsed(transport);
        first.AssertNothingToComplainOf();
        second.AssertNothingToComplainOf();
    }

    public void Dispose() => _time.Dispose();
}
