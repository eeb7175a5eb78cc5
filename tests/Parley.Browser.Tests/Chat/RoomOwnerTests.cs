using Microsoft.Playwright;
using Parley.Interop.Tests;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests.Chat;

/// <summary>A room in the web chat from its configuration to its end. The pictures are in <c>artifacts/browser/club-websocket</c> and <c>club-bosh</c>.</summary>
public sealed class RoomOwnerTests(Chromium chromium) : IDisposable
{
    private const string Room = "club";
    private const string Name = "The Club";

    // A red square of eight pixels.
    private static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mM4IaeBFTEMLQkAiE5Dgbkng6oAAAAASUVORK5CYII=");

    private readonly TestTime _time = new(150);

    [Theory]
    [InlineData("websocket")]
    [InlineData("bosh")]
    public async Task An_owner_configures_a_room_rules_it_and_moves_it(string transport)
    {
        await using var server = await ChatServer.StartAsync(_time.Token, ("CHAT__WEBSOCKET", transport == "websocket" ? "true" : "false"));
        await using var first = await Visitor.ComeAsync(chromium, server, "alice", $"club-{transport}");
        await using var second = await Visitor.ComeAsync(chromium, server, "bob", $"club-{transport}", ColorScheme.Dark);
        await using var carol = await RoomAssistant.ComeAsync(server, "carol", _time.Token);
        RoomVisitor alice = new(first), bob = new(second);
        var owner = new RoomOwner(alice);
        await first.RegisterAsync();
        await second.RegisterAsync();

        // Configuration.
        await alice.EnterAsync(Room);
        await alice.SeesInsideAsync("alice");
        await owner.ConfigureAsync("configures", ("roomname", Name), ("roomdesc", "Cards & dice"), ("persistentroom", true), ("changesubject", true));
        await alice.IsInAsync(Name);
        await carol.EnterAsync(Room, _time.Token);
        await alice.SayAsync($"/admin {carol.Address}");
        await owner.SeesWithAsync("admin", carol.Address);

        // An invitation by way of the room, subjects, a nickname.
        await carol.InviteAsync(Room, second, "Bring dice.", _time.Token);
        await bob.AcceptInvitationAsync(Name, "Bring dice.");
        await alice.SayAsync("/topic Whist");
        await Expect(bob.Room.Locator(".chat-head__desc")).ToHaveTextAsync("Whist");
        await bob.SayAsync("/topic Poker");
        await Expect(alice.Room.Locator(".chat-head__desc")).ToHaveTextAsync("Poker");
        await second.ShootAsync("changed-the-subject");
        await bob.RenameAsync("Robert");
        await alice.IsToldAsync("bob's nickname has changed");
        await alice.SeesInsideAsync("alice", "carol", "Robert");

        // A hat; messages taken back by their author and by a moderator.
        await carol.GiveHatAsync(Room, second, "Dealer", _time.Token);
        await bob.SayAsync("Aces.");
        await Expect(alice.Messages.Filter(new() { HasText = "Aces." }).Locator(".badge")).ToHaveTextAsync("Dealer");
        await first.ShootAsync("sees-a-hat");
        await bob.SayAsync("No, kings.");
        await bob.RetractAsync("Aces.");
        await alice.SeesRetractedAsync("Robert has removed");
        await alice.RetractAsync("No, kings.");
        await bob.SeesRetractedAsync("alice has removed");
        await first.ShootAsync("retracted");
        await second.ShootAsync("retracted");

        // A private conversation, and a picture of the room.
        await alice.TurnToAsync("Robert");
        await alice.WhisperAsync("Hide the aces.");
        await bob.TurnToAsync("alice");
        await bob.HearsWhisperedAsync("Hide the aces.");
        await bob.WhisperAsync("Which aces?");
        await alice.HearsWhisperedAsync("Hide the aces.", "Which aces?");
        await first.ShootAsync("whispers");
        await second.ShootAsync("whispers");
        await alice.TurnBackAsync();
        await bob.TurnBackAsync();
        await owner.PictureAsync(Picture);
        await Expect(bob.Room.Locator("converse-muc-heading converse-avatar image")).ToHaveAttributeAsync("href", $"data:image/png;base64,{Convert.ToBase64String(Picture)}");
        await second.ShootAsync("sees-a-picture");

        // Slow mode.
        await owner.ConfigureAsync("slows-down", ("slow_mode_duration", "60"));
        await bob.SayAsync("One.");
        await Expect(alice.Messages.Filter(new() { HasText = "One." })).ToHaveCountAsync(1);
        await bob.SayAsync("Two.");
        await Expect(bob.Messages.Filter(new() { HasText = "Two." })).ToContainTextAsync("60 seconds");
        await second.ShootAsync("is-too-fast");
        await owner.ConfigureAsync("speeds-up", ("slow_mode_duration", "0"));

        // Roles and affiliations by the moderator's tools.
        await owner.AffiliateAsync("Robert", "none", "member", "A regular.");
        await bob.IsToldAsync("member");
        await owner.SeesWithAsync("member", second.Address);
        await owner.ConfigureAsync("moderates", ("moderatedroom", true));
        await owner.ChangeRoleAsync("Robert", "participant", "visitor", "Listen a while.");
        await Expect(bob.Room.Locator(".muc-bottom-panel")).ToContainTextAsync("not allowed to send messages");
        await second.ShootAsync("is-muted");
        await alice.SayAsync("/voice Robert");
        await Expect(bob.Room.Locator(".chat-textarea")).ToBeVisibleAsync();

        // A ban, which keeps out, until it is lifted.
        await alice.SayAsync("/ban Robert Marked cards.");
        await bob.IsToldAsync("You have been banned from this groupchat");
        await bob.IsToldAsync("Marked cards.");
        await second.ShootAsync("is-banned");
        await bob.LeaveAsync(Room);
        await bob.RequestAsync(Room);
        await bob.IsToldAsync("You have been banned from this groupchat");
        await second.ShootAsync("is-kept-out");
        await bob.LeaveAsync(Room);
        await owner.AffiliateAsync(second.Address, "outcast", "none", "It was a mistake.");

        // A password.
        await owner.ConfigureAsync("locks", ("passwordprotectedroom", true), ("roomsecret", "sesame"), ("moderatedroom", false));
        await bob.RequestAsync(Room);
        await bob.GivePasswordAsync("open up");
        await bob.IsToldAsync("not the room's password");
        await second.ShootAsync("is-asked-for-a-password");
        await bob.GivePasswordAsync("sesame");
        await bob.IsInAsync(Name);

        // The end, and the place to go on.
        await alice.DestroyAsync(Room, "We move.", "casino");
        await bob.IsToldAsync("This groupchat no longer exists");
        await bob.IsToldAsync("We move.");
        await second.ShootAsync("is-told-where-to-go");
        await bob.Room.Locator(".switch-chat").ClickAsync();
        await bob.IsInAsync("casino");
        await second.ShootAsync("has-moved");

        first.AssertUsed(transport);
        second.AssertUsed(transport);
        first.AssertNothingToComplainOf();
        second.AssertNothingToComplainOf();
    }

    public void Dispose() => _time.Dispose();
}
