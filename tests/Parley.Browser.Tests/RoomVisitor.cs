using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>What somebody does with rooms in the chat.</summary>
internal sealed class RoomVisitor(Visitor visitor)
{
    internal const string Service = $"conference.{Visitor.Domain}";
    private readonly IPage _page = visitor.Page;

    internal Visitor Visitor => visitor;

    internal ILocator Room => _page.Locator("converse-muc");

    internal ILocator Messages => Room.Locator("converse-chat-message .chat-msg");

    /// <summary>Enters a room by its name, which makes it where there is none.</summary>
    internal async Task EnterAsync(string room)
    {
        await RequestAsync(room);
        await IsInAsync(room);
    }

    /// <summary>Asks to enter a room by its name, whatever comes of it.</summary>
    internal async Task RequestAsync(string room)
    {
        await MenuAsync("Add groupchat");
        var form = _page.Locator("converse-add-muc-modal form");
        await Expect(form.Locator("input[name=nickname]")).ToHaveValueAsync(visitor.Name);
        await form.Locator("input[name=chatroom]").FillAsync(room);
        await visitor.ShootAsync("enters");
        await form.GetByRole(AriaRole.Button, new() { Name = "Join" }).ClickAsync();
    }

    internal async Task GivePasswordAsync(string password)
    {
        var form = Room.Locator("converse-muc-password-form form");
        await form.Locator("input[name=password]").FillAsync(password);
        await form.Locator("input[type=submit]").ClickAsync();
    }

    internal async Task RenameAsync(string nickname)
    {
        await ActAsync("Nickname");
        var form = _page.Locator("converse-muc-nickname-modal form");
        await form.Locator("input[name=nick]").FillAsync(nickname);
        await visitor.ShootAsync("renames");
        await form.Locator("input[type=submit]").ClickAsync();
        await Expect(_page.Locator("converse-muc-nickname-modal .modal")).ToBeHiddenAsync();
    }

    /// <summary>Enters a room that the chat found by a part of its name.</summary>
    internal async Task EnterFoundAsync(string part, string room)
    {
        await MenuAsync("Add groupchat");
        var form = _page.Locator("converse-add-muc-modal form");
        var name = form.Locator("input[name=chatroom]");
        await Expect(name).ToBeFocusedAsync();
        await name.PressSequentiallyAsync(part);
        var found = form.Locator(".suggestion-box__results li");
        await Expect(found).ToHaveCountAsync(1);
        await visitor.ShootAsync("finds");
        await found.ClickAsync();
        await Expect(name).ToHaveValueAsync($"{room}@{Service} ");
        await form.GetByRole(AriaRole.Button, new() { Name = "Join" }).ClickAsync();
        await IsInAsync(room);
    }

    /// <summary>Enters a room that the service lists.</summary>
    internal async Task EnterListedAsync(string room)
    {
        await MenuAsync("Query server");
        var list = _page.Locator("converse-muc-list-modal");
        await Expect(list.Locator("input[name=server]")).ToHaveValueAsync(Service);
        await list.GetByRole(AriaRole.Button, new() { Name = "Show groupchats" }).ClickAsync();
        var listed = list.Locator($".open-room[data-room-jid='{room}@{Service}']");
        await Expect(listed).ToBeVisibleAsync();
        await visitor.ShootAsync("lists");
        await listed.ClickAsync();
        await IsInAsync(room);
    }

    internal async Task InviteAsync(Visitor other, string reason)
    {
        await _page.Locator("converse-muc-occupants converse-dropdown button").First.ClickAsync();
        await _page.Locator(".open-invite-modal").ClickAsync();
        var form = _page.Locator("converse-muc-invite-modal form");
        await form.Locator("input[name=invitee_jids]").FillAsync(other.Address);
        await form.Locator("textarea[name=reason]").FillAsync(reason);
        await visitor.ShootAsync("invites");
        await form.GetByRole(AriaRole.Button, new() { Name = "Invite" }).ClickAsync();
        await Expect(_page.Locator("converse-muc-invite-modal .modal")).ToBeHiddenAsync();
    }

    internal async Task AcceptInvitationAsync(string room, string reason)
    {
        await Expect(_page.Locator("converse-confirm-modal")).ToContainTextAsync(reason);
        await visitor.ShootAsync("is-invited");
        await ConfirmAsync();
        await IsInAsync(room);
    }

    internal async Task LeaveAsync(string room)
    {
        await _page.Locator($".close-room[data-room-jid='{room}@{Service}']").ClickAsync();
        await ConfirmAsync();
        await Expect(Room).ToHaveCountAsync(0);
    }

    internal async Task DestroyAsync(string room, string reason, string? alternative = null)
    {
        await ActAsync("Destroy");
        var form = _page.Locator("converse-confirm-modal form");
        await form.Locator("input[name=challenge]").FillAsync($"{room}@{Service}");
        await form.Locator("input[name=reason]").FillAsync(reason);
        await form.Locator("input[name=newjid]").FillAsync(alternative is null ? "" : $"{alternative}@{Service}");
        await visitor.ShootAsync("destroys");
        await ConfirmAsync();
        await Expect(Room).ToHaveCountAsync(0);
    }

    internal async Task IsInAsync(string room)
    {
        await Expect(Room.Locator("converse-muc-heading .chatbox-title__text")).ToHaveTextAsync(room);
        await Expect(Room.Locator(".chat-textarea")).ToBeVisibleAsync();
    }

    internal async Task OpenAsync(string room)
    {
        await _page.Locator($".open-room[data-room-jid='{room}@{Service}']").ClickAsync();
        await IsInAsync(room);
    }

    internal async Task SayAsync(string text)
    {
        var box = Room.Locator(".chat-textarea");
        await box.FillAsync(text);
        await box.PressAsync("Enter");
    }

    /// <summary>Opens the private conversation with an occupant.</summary>
    internal Task TurnToAsync(string nickname) => Room.Locator("converse-muc-occupants .list-item.occupant").Filter(new() { HasText = nickname }).ClickAsync();

    /// <summary>Says something to the occupant whose conversation is open.</summary>
    internal async Task WhisperAsync(string text)
    {
        var box = Room.Locator("converse-muc-occupant .chat-textarea");
        await box.FillAsync(text);
        await box.PressAsync("Enter");
    }

    /// <summary>The open private conversation shows exactly these messages.</summary>
    internal Task HearsWhisperedAsync(params string[] texts) => Expect(Room.Locator("converse-muc-occupant .chat-msg__text")).ToHaveTextAsync(texts);

    /// <summary>Goes back from a private conversation to the list of occupants.</summary>
    internal Task TurnBackAsync() => Room.Locator("converse-muc-occupant .back-button").ClickAsync();

    /// <summary>The room shows these occupants by their nicknames, and no others.</summary>
    internal Task SeesInsideAsync(params string[] nicknames) => Expect(Room.Locator("converse-muc-occupants .occupant-nick")).ToHaveTextAsync(nicknames);

    /// <summary>The room shows exactly these messages, each of its author.</summary>
    internal async Task ReadsAsync(params (RoomVisitor Author, string Text)[] messages)
    {
        await Expect(Messages.Locator(".chat-msg__text")).ToHaveTextAsync(messages.Select(static message => message.Text));
        for (var i = 0; i < messages.Length; i++)
        {
            Assert.EndsWith($"@{Service}/{messages[i].Author.Visitor.Name}", await Messages.Nth(i).GetAttributeAsync("data-from"), StringComparison.Ordinal);
        }

        // A name stands above the first of several by the same author.
        await Expect(Messages.First.Locator(".chat-msg__author")).ToHaveTextAsync(messages[0].Author.Visitor.Name);
    }

    /// <summary>Takes somebody's message away, as a moderator, or one's own.</summary>
    internal async Task RetractAsync(string text)
    {
        var message = Messages.Filter(new() { HasText = text });
        await message.HoverAsync();
        await message.Locator(".chat-msg__actions > button").ClickAsync();
        await message.GetByRole(AriaRole.Button, new() { Name = "Retract" }).ClickAsync();
        await visitor.ShootAsync("retracts");
        await ConfirmAsync();
    }

    /// <summary>Where a message was, the room says that it is gone.</summary>
    internal Task SeesRetractedAsync(string notice) => Expect(Messages.Filter(new() { HasText = notice })).ToHaveCountAsync(1);

    /// <summary>The room says so, in place of its messages or among them.</summary>
    internal Task IsToldAsync(string text) => Expect(Room).ToContainTextAsync(text);

    /// <summary>Chooses from the room's own menu.</summary>
    internal async Task ActAsync(string item)
    {
        var menu = Room.Locator("converse-muc-heading converse-dropdown");
        var chosen = menu.Locator(".dropdown-item").Filter(new() { HasText = item });
        for (var attempt = 1; ; attempt++)
        {
            if (!await chosen.IsVisibleAsync())
            {
                await menu.Locator("> button").ClickAsync();
            }

            try
            {
                await chosen.ClickAsync(new() { Timeout = 2_000 });
                return;
            }
            catch (TimeoutException) when (attempt < 5)
            {
                // While the room comes in, the chat makes its menu anew, and closes it.
            }
        }
    }

    internal Task ConfirmAsync() => _page.Locator("converse-confirm-modal").GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();

    private async Task MenuAsync(string item)
    {
        await _page.Locator("converse-rooms-list converse-dropdown > button").ClickAsync();
        await _page.Locator("converse-rooms-list .dropdown-item").Filter(new() { HasText = item }).ClickAsync();
    }
}
