using Parley.Interop.Tests;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests.Chat;

/// <summary>Who gets into the web chat, and who stays.</summary>
public sealed class SigningInTests(Chromium chromium) : IDisposable
{
    private readonly TestTime _time = new(90);

    [Fact]
    public async Task Who_logs_out_is_out_and_gets_in_again_with_the_right_password_only()
    {
        await using var server = await ChatServer.StartAsync(_time.Token);
        await using var alice = await Visitor.ComeAsync(chromium, server, "alice", "signing-in");
        await alice.RegisterAsync();
        await alice.LogOutAsync();
        await alice.Page.ReloadAsync();
        await alice.IsSignedOutAsync();

        await alice.LogInAsync(password: "wrong");
        await alice.IsToldAsync("Your XMPP address and/or password is incorrect");
        await alice.ShootAsync("wrong-password");
        await alice.LogInAsync();
        await alice.IsSignedInAsync();

        alice.AssertNothingToComplainOf();
    }

    [Fact]
    public async Task On_a_device_that_is_not_trusted_nobody_stays_signed_in()
    {
        await using var server = await ChatServer.StartAsync(_time.Token);
        await using var alice = await Visitor.ComeAsync(chromium, server, "alice", "signing-in");
        await alice.RegisterAsync();
        await alice.LogOutAsync();

        await alice.LogInAsync(trusted: false);
        await alice.IsSignedInAsync();
        await alice.Page.ReloadAsync();

        await alice.IsSignedOutAsync();
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_in_words()
    {
        await using var server = await ChatServer.StartAsync(_time.Token);
        await using var first = await Visitor.ComeAsync(chromium, server, "alice", "signing-in");
        await first.RegisterAsync();
        await using var second = await Visitor.ComeAsync(chromium, server, "alice", "signing-in");

        await second.AskForAccountAsync();

        await second.IsToldAsync("Registration failed");
        await second.ShootAsync("taken");
    }

    [Fact]
    public async Task Where_registration_is_closed_it_is_not_offered()
    {
        await using var server = await ChatServer.StartAsync(_time.Token, ("REGISTRATION", "Closed"));
        await using var alice = await Visitor.ComeAsync(chromium, server, "alice", "signing-in");

        await alice.Page.GotoAsync(server.Chat.AbsoluteUri);

        await alice.IsSignedOutAsync();
        await Expect(alice.Page.GetByText("Create an account")).ToHaveCountAsync(0);
        alice.AssertNothingToComplainOf();
    }

    public void Dispose() => _time.Dispose();
}
