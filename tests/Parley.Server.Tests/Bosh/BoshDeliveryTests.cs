using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Bosh;

/// <summary>Stanzas in and out of a session, in order and none lost, whatever becomes of its requests (XEP-0124 §8, §14; XEP-0206 §7).</summary>
public sealed class BoshDeliveryTests
{
    [Fact]
    public async Task A_message_answers_the_request_that_is_held()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var bob = await server.LoginAsync("bob@example.org/phone");
        var held = alice.SendAsync();
        await bob.BarrierAsync();
        Assert.False(held.IsCompleted);
        await bob.SendAsync("<message to='alice@example.org/web' type='chat' id='m1'><body>Good morning to you!</body></message>");
        var message = Assert.Single((await Due(held)).Elements);
        Assert.True(message.Is("message", Namespaces.Client));
        Assert.Equal(("bob@example.org/phone", "m1", "Good morning to you!"), (message.Attribute("from"), message.Attribute("id"), Text(message)));
    }

    [Fact]
    public async Task Several_payloads_are_handled_in_their_order_with_or_without_their_namespace()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var bob = await server.LoginAsync("bob@example.org/phone");
        _ = alice.SendAsync(
            """
              <message to='bob@example.org/phone' xmlns='jabber:client'><body>1</body></message>
              <message to='bob@example.org/phone'><body>2</body></message>
              <x:message to='bob@example.org/phone' xmlns:x='urn:unused'/>
            """.Replace("<x:message to='bob@example.org/phone' xmlns:x='urn:unused'/>", "<message to='bob@example.org/phone'><body>3</body><p:x/></message>", StringComparison.Ordinal),
            "xmlns:p='urn:p'");
        Assert.Equal("1", Text(await bob.MessageAsync()));
        Assert.Equal("2", Text(await bob.MessageAsync()));
        var last = await bob.MessageAsync();
        Assert.Equal("3", Text(last));
        Assert.NotNull(last.Child("x", "urn:p"));
    }

    [Fact]
    public async Task What_comes_while_no_request_is_held_comes_together_with_the_next_answer()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var bob = await server.LoginAsync("bob@example.org/phone");
        for (var i = 0; i < 100; i++)
        {
            await bob.SendAsync($"<message to='alice@example.org/web'><body>{i}</body></message>");
            await bob.BarrierAsync();
        }

        var reply = await Due(alice.SendAsync());
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => $"{i}"), reply.Elements.Select(Text));
    }

    [Fact]
    public async Task Requests_that_come_in_another_order_are_handled_in_that_of_their_ids()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var bob = await server.LoginAsync("bob@example.org/phone");
        var second = alice.PostAsync(alice.Document(alice.Rid + 2, "<message to='bob@example.org/phone'><body>2</body></message>"));
        var first = alice.PostAsync(alice.Document(alice.Rid + 1, "<message to='bob@example.org/phone'><body>1</body></message>"));
        Assert.Equal("1", Text(await bob.MessageAsync()));
        Assert.Equal("2", Text(await bob.MessageAsync()));
        Assert.Empty((await Due(first)).Elements);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task A_request_that_is_sent_again_is_handled_once_and_answered_with_the_same_bytes()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var bob = await server.LoginAsync("bob@example.org/phone");
        var document = alice.Document(++alice.Rid, "<message to='bob@example.org/phone'><body>once</body></message>");
        var lost = alice.PostAsync(document);
        var held = alice.PostAsync(document);
        Assert.Equal("error", (await Due(lost)).Attribute("type"));
        await bob.SendAsync("<message to='alice@example.org/web'><body>answer</body></message>");
        var answer = await Due(held);
        var again = await Due(alice.PostAsync(document));
        Assert.Equal(answer.Bytes, again.Bytes);
        Assert.Equal("answer", Text(Assert.Single(again.Elements)));
        Assert.Equal("once", Text(await bob.MessageAsync()));
        await bob.ExpectNothingAsync();
    }

    [Fact]
    public async Task Messages_for_a_client_that_went_silent_are_kept()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        await Due(alice.SendAsync("<presence/>"));
        var bob = await server.LoginAsync("bob@example.org/phone");

        // The answer with the first gets lost; for the others no request is there.
        using var gone = new CancellationTokenSource();
        _ = alice.SendAsync("<message to='alice@example.org/nowhere' type='headline'/>", gone: gone);
        await gone.CancelAsync();
        for (var i = 0; i < 3; i++)
        {
            await bob.SendAsync($"<message to='alice@example.org' type='chat'><body>{i}</body></message>");
        }

        await bob.BarrierAsync();
        Silence(server, 32);
        await server.EndedBoshAsync();
        var phone = await server.LoginAsync("alice@example.org/phone");
        await phone.PresenceAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"{i}", Text(await phone.MessageAsync()));
        }

        // The session is no more.
        (await Due(alice.SendAsync())).IsTerminal("item-not-found");
    }

    [Fact]
    public async Task A_message_in_an_answer_that_the_client_never_confirmed_is_delivered_again()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        await Due(alice.SendAsync("<presence/>"));
        var bob = await server.LoginAsync("bob@example.org/phone");
        var held = alice.SendAsync();
        await bob.SendAsync("<message to='alice@example.org' type='chat'><body>lost on the way</body></message>");
        Assert.Single((await Due(held)).Elements);
        Silence(server, 31);
        await server.EndedBoshAsync();
        var phone = await server.LoginAsync("alice@example.org/phone");
        await phone.PresenceAsync();
        Assert.Equal("lost on the way", Text(await phone.MessageAsync()));
    }

    [Fact]
    public async Task A_message_in_an_answer_that_the_client_confirmed_is_not_delivered_again()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        await Due(alice.SendAsync("<presence/>"));
        var bob = await server.LoginAsync("bob@example.org/phone");
        var held = alice.SendAsync();
        await bob.SendAsync("<message to='alice@example.org' type='chat'><body>arrived</body></message>");
        await Due(held);
        using var gone = new CancellationTokenSource();
        _ = alice.SendAsync(gone: gone);
        await gone.CancelAsync();
        Silence(server, 32);
        await server.EndedBoshAsync();
        var phone = await server.LoginAsync("alice@example.org/phone");
        await phone.AppearAsync();
        await phone.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_client_that_ends_its_session_is_gone_at_once()
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/phone");
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var held = alice.SendAsync();
        var end = await Due(alice.SendAsync("<message to='bob@example.org/phone'><body>Bye</body></message><presence type='unavailable' xmlns='jabber:client'/>", "type='terminate'"));
        (await Due(held)).IsTerminal(null);
        Assert.Empty(end.Elements);
        Assert.Null(end.Attribute("type"));
        Assert.Equal("Bye", Text(await bob.MessageAsync()));
        await server.EndedBoshAsync();
        (await Due(alice.SendAsync())).IsTerminal("item-not-found");
    }

    [Fact]
    public async Task A_session_that_is_replaced_is_told_why_it_ends()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var held = alice.SendAsync();
        await server.LoginAsync("alice@example.org/web");
        (await Due(held)).IsStreamError("conflict");
    }

    [Fact]
    public async Task One_that_has_no_request_then_is_told_at_its_next()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        await server.LoginAsync("alice@example.org/web");
        (await Due(alice.SendAsync())).IsStreamError("conflict");
    }

    [Fact]
    public async Task A_server_that_stops_answers_all_requests()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var bob = await server.LoginBoshAsync("bob@example.org/web", "to='example.org' hold='1' wait='60'");
        Task<BoshReply>[] held = [alice.SendAsync(), bob.SendAsync()];
        await server.StopAsync();
        foreach (var request in held)
        {
            var reply = await Due(request);
            reply.IsTerminal("system-shutdown");
            Assert.Empty(reply.Elements);
        }
    }

    [Fact]
    public async Task A_pause_is_answered_without_payloads_and_keeps_the_session()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var bob = await server.LoginAsync("bob@example.org/phone");
        var held = alice.SendAsync();
        var pause = alice.SendAsync("<iq type='get' id='p' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "pause='120'");
        Assert.Empty((await Due(pause)).Elements);
        Assert.Empty((await Due(held)).Elements);
        await bob.SendAsync("<message to='alice@example.org/web'><body>still there?</body></message>");
        await bob.BarrierAsync();
        Silence(server, 119);
        var reply = await Due(alice.SendAsync());
        Assert.Equal(["iq", "message"], reply.Elements.Select(static element => element.LocalName));
    }

    [Fact]
    public async Task A_client_that_polls_gets_what_is_there()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web", "to='example.org' hold='0' wait='60' ver='1.6'");
        Assert.Equal("60", alice.Replies[0].Attribute("inactivity"));
        Assert.Equal(("0", "1"), (alice.Replies[0].Attribute("hold"), alice.Replies[0].Attribute("requests")));
        var bob = await server.LoginAsync("bob@example.org/phone");
        await bob.SendAsync("<message to='alice@example.org/web'><body>hi</body></message>");
        await bob.BarrierAsync();
        Assert.Single((await Due(alice.SendAsync())).Elements);
        server.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Empty((await Due(alice.SendAsync())).Elements);
        (await Due(alice.SendAsync())).IsTerminal("policy-violation");
    }

    [Fact]
    public async Task Stream_management_goes_on_over_another_session()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        var bob = await server.LoginAsync("bob@example.org/phone");
        var enabled = Assert.Single((await Due(alice.SendAsync("<enable xmlns='urn:xmpp:sm:3' resume='true'/>"))).Elements);
        Assert.True(enabled.Is("enabled", "urn:xmpp:sm:3"));
        await bob.SendAsync("<message to='alice@example.org/web'><body>kept</body></message>");
        await bob.BarrierAsync();
        Silence(server, 31);
        await server.EndedBoshAsync();

        var second = server.Bosh();
        await second.CreateAsync();
        var message = Convert.ToBase64String("\0alice\0secret"u8);
        await Due(second.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{message}</auth>"));
        await Due(second.SendAsync(attributes: "to='example.org' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'"));
        var resumed = await Due(second.SendAsync($"<resume xmlns='urn:xmpp:sm:3' h='0' previd='{enabled.Attribute("id")}'/>"));
        Assert.Equal(["resumed", "message", "r"], resumed.Elements.Select(static element => element.LocalName));
    }

    /// <summary>The answer, which must come.</summary>
    private static Task<BoshReply> Due(Task<BoshReply> request) => request.InTimeAsync();

    private static string? Text(XmlElement message) => message.Child("body", Namespaces.Client)?.Text;

    private static void Silence(XmppTestServer server, int seconds) => server.Time.Advance(TimeSpan.FromSeconds(seconds));
}
