using Microsoft.Playwright;
using Parley.Interop.Tests;
using Xunit;

namespace Parley.Browser.Tests.Chat;

/// <summary>What people do in the web chat, from their first visit on. The pictures are in <c>artifacts/browser</c>.</summary>
public sealed class ConversationTests(Chromium chromium) : IDisposable
{
    private readonly TestTime _time = new(120);

    [Theory]
    [InlineData("websocket")]
    [InlineData("bosh")]
    public async Task Two_visitors_register_become_contacts_chat_and_find_it_all_again_after_a_reload(string transport)
    {
        await using var server = await ChatServer.StartAsync(_time.Token, ("CHAT__WEBSOCKET", transport == "websocket" ? "true" : "false"));
        await using var alice = await Visitor.ComeAsync(chromium, server, "alice", transport);
        await using var bob = await Visitor.ComeAsync(chromium, server, "bob", transport, ColorScheme.Dark);
        (Visitor, string) greeting = (alice, "Hello Bob, do you hear me? 😀"), answer = (bob, "Loud and clear, Alice."), again = (alice, "And still, after a reload.");

        await alice.RegisterAsync();
        await bob.RegisterAsync();

        await alice.AskAsync(bob);
        await bob.AcceptAsync(alice);
        await alice.SeesAsync(bob);
        await bob.SeesAsync(alice);

        await alice.OpenAsync(bob);
        await alice.SayAsync(greeting.Item2);
        await bob.ReadsAsync(greeting);
        await bob.SayAsync(answer.Item2);
        await alice.ReadsAsync(greeting, answer);
        await alice.ShootAsync("chats");
        await bob.ShootAsync("chats");

        await alice.ReloadAsync();
        await alice.SeesAsync(bob);
        await bob.SeesAsync(alice);
        await alice.OpenAsync(bob);
        await alice.ReadsAsync(greeting, answer);
        await bob.ReloadAsync();
        await bob.SeesAsync(alice);
        await bob.OpenAsync(alice);
        await alice.SayAsync(again.Item2);
        await bob.ReadsAsync(greeting, answer, again);
        await alice.ReadsAsync(greeting, answer, again);
        await alice.ShootAsync("chats-after-reload");
        await bob.ShootAsync("chats-after-reload");

        alice.AssertUsed(transport);
        bob.AssertUsed(transport);
        alice.AssertNothingToComplainOf();
        bob.AssertNothingToComplainOf();
    }

    public void Dispose() => _time.Dispose();
}
