using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>What the owner of a room does with it, by the dialogs that the chat has for that.</summary>
internal sealed class RoomOwner(RoomVisitor inside)
{
    private readonly IPage _page = inside.Visitor.Page;
    private (string Field, object Value)[] _saved = [];

    private ILocator Tools => _page.Locator("converse-modtools-modal");

    /// <summary>Changes the configuration by its form: a tick for true and false, a choice, or a text.</summary>
    /// <param name="what">What the picture is called.</param>
    /// <param name="fields">The fields, without the words before the last underscore.</param>
    internal async Task ConfigureAsync(string what, params (string Field, object Value)[] fields)
    {
        var form = await OpenAsync();
        foreach (var (field, value) in fields)
        {
            var control = form.Locator($"[name='muc#roomconfig_{field}']");
            await Expect(control).ToBeVisibleAsync();
            if (value is bool isTicked)
            {
                await control.SetCheckedAsync(isTicked);
            }
            else if (await control.EvaluateAsync<string>("element => element.tagName") == "SELECT")
            {
                await control.SelectOptionAsync($"{value}");
            }
            else
            {
                await control.FillAsync($"{value}");
            }
        }

        await form.Locator("legend").ScrollIntoViewIfNeededAsync();
        await inside.Visitor.ShootAsync(what);
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(_page.Locator("converse-muc-config-modal .modal")).ToBeHiddenAsync();
        _saved = fields;
    }

    /// <summary>Gives the room a picture, by its form.</summary>
    internal async Task PictureAsync(byte[] png)
    {
        var form = await OpenAsync();
        await form.Locator("input[name=avatar_image]").SetInputFilesAsync(new FilePayload { Name = "club.png", MimeType = "image/png", Buffer = png });
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(_page.Locator("converse-muc-config-modal .modal")).ToBeHiddenAsync();
    }

    /// <summary>Gives an affiliation to who has another, by the moderator's tools.</summary>
    internal async Task AffiliateAsync(string address, string from, string to, string reason)
    {
        await ListAsync("affiliation", from);
        var entry = Entry(address);
        await entry.Locator(".toggle-form").ClickAsync();
        var form = entry.Locator("form.affiliation-form");
        await form.Locator("select").SelectOptionAsync(to);
        await form.Locator("input[name=reason]").FillAsync(reason);
        await inside.Visitor.ShootAsync($"makes-{to}");
        await form.GetByRole(AriaRole.Button, new() { Name = "Change affiliation" }).ClickAsync();
        await Expect(entry).ToHaveCountAsync(0);
        await CloseAsync();
    }

    /// <summary>Gives a role to an occupant, by the moderator's tools.</summary>
    internal async Task ChangeRoleAsync(string nickname, string from, string to, string reason)
    {
        await ListAsync("role", from);
        var entry = Tools.Locator($"#roles-tabpanel [data-nick='{nickname}']");
        await entry.Locator(".toggle-form").ClickAsync();
        var form = entry.Locator("form.role-form");
        await form.Locator("select").SelectOptionAsync(to);
        await form.Locator("input[name=reason]").FillAsync(reason);
        await inside.Visitor.ShootAsync($"makes-{to}");
        await form.GetByRole(AriaRole.Button, new() { Name = "Change role" }).ClickAsync();
        await Expect(Tools.Locator(".alert")).ToContainTextAsync("Role changed");
        await CloseAsync();
    }

    /// <summary>The moderator's tools list exactly these with an affiliation.</summary>
    internal async Task SeesWithAsync(string affiliation, params string[] addresses)
    {
        await ListAsync("affiliation", affiliation);
        await Expect(Tools.Locator("#affiliations-tabpanel .list-group--users > li")).ToHaveCountAsync(addresses.Length);
        foreach (var address in addresses)
        {
            await Expect(Entry(address)).ToHaveCountAsync(1);
        }

        await inside.Visitor.ShootAsync($"lists-{affiliation}");
        await CloseAsync();
    }

    // The dialog shows the form of the last time until the room has sent the present one: saved then, it would undo what has happened since.
    private async Task<ILocator> OpenAsync()
    {
        await inside.ActAsync("Configure");
        var form = _page.Locator("converse-muc-config-modal form");
        foreach (var (field, value) in _saved)
        {
            var control = form.Locator($"[name='muc#roomconfig_{field}']");
            await (value is bool isTicked ? Expect(control).ToBeCheckedAsync(new() { Checked = isTicked }) : Expect(control).ToHaveValueAsync($"{value}"));
        }

        return form;
    }

    private ILocator Entry(string address) => Tools.Locator("#affiliations-tabpanel .list-group--users > li").Filter(new() { HasText = address });

    private async Task ListAsync(string kind, string value)
    {
        await inside.ActAsync("Moderate");
        await Tools.Locator($"[data-name={kind}s]").ClickAsync();
        var form = Tools.Locator($"form.query-{kind}");
        await form.Locator("select").SelectOptionAsync(value);
        await form.Locator("input[type=submit]").ClickAsync();
    }

    private async Task CloseAsync()
    {
        await Tools.GetByRole(AriaRole.Button, new() { Name = "Close" }).First.ClickAsync();
        await Expect(Tools.Locator(".modal")).ToBeHiddenAsync();
    }
}
