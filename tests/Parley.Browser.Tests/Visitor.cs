using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Parley.Interop.Tests;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Somebody in front of a browser, who clicks and types as people do, and what their browser had to complain of meanwhile.</summary>
internal sealed partial class Visitor : IAsyncDisposable
{
    internal const string Domain = "localhost";
    private const string Password = "correct horse battery";

    // What Converse.js says where there is no session yet that it could go on with.
    private const string NoSessionYet = "_restore: no restoreable session";

    // What it says when a notice's time is up in a room that was left meanwhile.
    private const string NoticeOfClosedRoom = "safeDestroy: Error: A \"url\" property or function must be specified";
    private readonly IBrowserContext _context;
    private readonly IPage _page;
    private readonly ChatServer _server;
    private readonly string _pictures;
    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly ConcurrentQueue<string> _webSockets = [];
    private readonly ConcurrentQueue<string> _requests = [];
    private int _shot;

    private Visitor(IBrowserContext context, IPage page, ChatServer server, string name, string pictures)
    {
        (_context, _page, _server, Name, _pictures) = (context, page, server, name, pictures);
        page.Console += (_, message) => Complain(
            message.Type is "error" or "warning"
                && !message.Text.Contains(NoSessionYet, StringComparison.Ordinal)
                && !message.Text.Contains(NoticeOfClosedRoom, StringComparison.Ordinal),
            $"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Complain(true, $"exception: {error}");
        page.Response += (_, response) => Complain(response.Status >= 400, $"{response.Status}: {response.Url}");
        context.Request += (_, request) => Requested(request.Url);
        page.WebSocket += (_, socket) => _webSockets.Enqueue(socket.Url);
    }

    internal string Name { get; }

    internal string Address => $"{Name}@{Domain}";

    internal IPage Page => _page;

    /// <summary>Opens a browser of their own.</summary>
    /// <param name="pictures">The folder below <c>artifacts/browser</c> for what they see.</param>
    internal static async Task<Visitor> ComeAsync(Chromium chromium, ChatServer server, string name, string pictures, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await chromium.VisitorAsync(scheme);
        return new Visitor(context, await context.NewPageAsync(), server, name, Path.Combine(Repository.Root, "artifacts", "browser", pictures));
    }

    /// <summary>Opens the chat for the first time, makes an account and is let in.</summary>
    internal async Task RegisterAsync()
    {
        await AskForAccountAsync();
        await IsSignedInAsync();
        await ShootAsync("signed-in");
    }

    /// <summary>Opens the chat for the first time and asks for an account.</summary>
    internal async Task AskForAccountAsync()
    {
        await _page.GotoAsync(_server.Chat.AbsoluteUri);
        await _page.GetByText("Create an account").ClickAsync();
        var form = _page.Locator("#converse-register");
        await form.GetByLabel("Username").FillAsync(Name);
        await form.GetByLabel("Password").FillAsync(Password);
        await ShootAsync("register");
        await form.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();
    }

    /// <summary>Logs in by the form.</summary>
    /// <param name="trusted">Whether the box is ticked that says that this is a trusted device.</param>
    internal async Task LogInAsync(string password = Password, bool trusted = true)
    {
        await _page.GotoAsync(_server.Chat.AbsoluteUri);
        await _page.Locator("#converse-login-jid").FillAsync(Name);
        await _page.Locator("#converse-login-password").FillAsync(password);
        await _page.Locator("#converse-login-trusted").SetCheckedAsync(trusted);
        await _page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }

    /// <summary>Logs out by the profile.</summary>
    internal async Task LogOutAsync()
    {
        await _page.Locator("converse-user-profile .show-profile").ClickAsync();
        await _page.Locator("converse-profile-modal").GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await _page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await IsSignedOutAsync();
    }

    internal Task IsSignedOutAsync() => Expect(_page.Locator("#converse-login-jid")).ToBeVisibleAsync();

    /// <summary>The form says why it let nobody in.</summary>
    internal Task IsToldAsync(string text) => Expect(_page.Locator("converse-login-form .alert, converse-registration-form .alert")).ToContainTextAsync(text);

    internal Task IsSignedInAsync() => Expect(_page.Locator("converse-user-profile .username")).ToHaveTextAsync(Address);

    /// <summary>Asks another to become a contact.</summary>
    internal async Task AskAsync(Visitor other)
    {
        await _page.Locator("#converse-roster .dropdown--contacts > button").ClickAsync();
        await _page.GetByTitle("Add a contact").ClickAsync();
        var form = _page.Locator("converse-add-contact-modal form");
        await form.Locator("input[name=jid]").FillAsync(other.Address);
        await ShootAsync("asks");
        await form.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await Expect(_page.Locator("converse-add-contact-modal .modal")).ToBeHiddenAsync();
    }

    /// <summary>Accepts one who asked.</summary>
    internal async Task AcceptAsync(Visitor other)
    {
        await OpenAsync(other);
        await ShootAsync("is-asked");
        await _page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await _page.Locator("converse-accept-contact-request-modal").GetByRole(AriaRole.Button, new() { Name = "Accept" }).ClickAsync();
        await Expect(_page.Locator("converse-accept-contact-request-modal .modal")).ToBeHiddenAsync();
    }

    internal Task OpenAsync(Visitor other) => Contact(other).Locator(".open-chat").First.ClickAsync();

    internal async Task SayAsync(string text)
    {
        var box = _page.Locator("converse-chat .chat-textarea");
        await box.FillAsync(text);
        await box.PressAsync("Enter");
    }

    /// <summary>The open chat shows exactly these messages, each of its author and with its time.</summary>
    internal async Task ReadsAsync(params (Visitor Author, string Text)[] messages)
    {
        var shown = _page.Locator("converse-chat-message .chat-msg");
        await Expect(shown.Locator(".chat-msg__text")).ToHaveTextAsync(messages.Select(static message => message.Text));
        for (var i = 0; i < messages.Length; i++)
        {
            var message = shown.Nth(i);
            Assert.StartsWith(messages[i].Author.Address, await message.GetAttributeAsync("data-from"), StringComparison.Ordinal);
            await Expect(message.Locator("time").First).ToHaveTextAsync(HoursAndMinutes());
        }
    }

    /// <summary>The contact is shown as online, or not.</summary>
    internal Task SeesAsync(Visitor other, bool online = true) =>
        Expect(Contact(other)).ToHaveAttributeAsync("data-status", online ? "online" : "offline");

    internal async Task ReloadAsync()
    {
        await _page.ReloadAsync();
        await IsSignedInAsync();
    }

    /// <summary>Keeps a picture of what they see.</summary>
    internal Task ShootAsync(string what) =>
        _page.ScreenshotAsync(new() { Path = Path.Combine(_pictures, $"{Interlocked.Increment(ref _shot):00}-{Name}-{what}.png"), Animations = ScreenshotAnimations.Disabled });

    /// <summary>No error, no warning, no violation of the page's policy, no answer that refuses, no request to another host.</summary>
    internal void AssertNothingToComplainOf() => Assert.True(_complaints.IsEmpty, $"{Name}:\n{string.Join('\n', _complaints)}\n{_server.Transcript}");

    /// <summary>The chat ran over this transport alone.</summary>
    internal void AssertUsed(string transport)
    {
        var bosh = _requests.Count(url => new Uri(url).AbsolutePath == "/http-bind");
        Assert.Equal((transport == "websocket", transport == "bosh"), (!_webSockets.IsEmpty, bosh > 0));
        Assert.All(_webSockets, socket => Assert.Equal($"ws://{_server.Root.Authority}/xmpp-websocket", socket));
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    // Not in the engine that cannot backtrack: the browser is asked, and takes no options.
    [GeneratedRegex("^[0-9]{2}:[0-9]{2}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HoursAndMinutes();

    private ILocator Contact(Visitor other) => _page.Locator("converse-roster .list-item").Filter(new() { Has = _page.Locator($"[data-jid='{other.Address}']") });

    private void Requested(string url)
    {
        _requests.Enqueue(url);
        var uri = new Uri(url);
        Complain(uri.Scheme is not ("data" or "blob") && uri.Authority != _server.Root.Authority, $"request to another host: {url}");
    }

    private void Complain(bool isComplaint, string text)
    {
        if (isComplaint)
        {
            _complaints.Enqueue(text);
        }
    }
}
