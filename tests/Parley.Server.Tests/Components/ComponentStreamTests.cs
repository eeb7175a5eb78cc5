using System.Net;
using Microsoft.Extensions.Options;
using Parley.Protocol;
using Parley.Server.Sessions.Components;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Components.ComponentServer;

namespace Parley.Server.Tests.Components;

/// <summary>XEP-0114 §3: who gets in.</summary>
public class ComponentStreamTests
{
    [Fact]
    public async Task The_right_handshake_opens_the_stream()
    {
        await using var server = await StartAsync();
        var component = server.ConnectComponent();

        await component.HandshakeAsync(Plays, Secret);

        var answer = await component.ReceiveAsync();
        Assert.True(answer.Is("handshake", Namespaces.ComponentAccept));
        Assert.False(answer.HasChildren);
        Assert.Equal(Plays, component.Header!.From);
        Assert.Equal(32, component.Header.Id!.Length);
        Assert.Null(component.Header.Version);
    }

    [Theory]
    [InlineData("another secret, as long")]
    [InlineData("")]
    public async Task A_wrong_handshake_ends_it(string secret)
    {
        await using var server = await StartAsync();
        var component = server.ConnectComponent();

        await component.HandshakeAsync(Plays, secret);

        await component.ExpectStreamErrorAsync("not-authorized");
    }

    [Theory]
    [InlineData("<handshake/>")]
    [InlineData("<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>")]
    [InlineData("<message from='a@plays.example.org' to='juliet@example.org'><body>x</body></message>")]
    [InlineData("<handshake xmlns='jabber:client'/>")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>")]
    public async Task Nothing_but_the_right_one_does(string element)
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var component = server.ConnectComponent();
        await component.SendHeaderAsync(Plays);
        await component.ReceiveHeaderAsync();

        await component.SendAsync(element);

        await component.ExpectStreamErrorAsync("not-authorized");
        await juliet.ExpectNothingAsync();
    }

    [Fact]
    public async Task Guessing_is_slowed_down()
    {
        await using var server = await StartAsync(options => options.RateLimits = true);
        for (var i = 0; i < 10; i++)
        {
            var guess = server.ConnectComponent(IPAddress.Parse("192.0.2.1"));
            await guess.HandshakeAsync(Plays, $"guess {i}");
            await guess.ExpectStreamErrorAsync("not-authorized");
        }

        var late = server.ConnectComponent(IPAddress.Parse("192.0.2.1"));
        await late.HandshakeAsync(Plays, "guess");
        await server.Time.WhenDelayedAsync();
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await late.ExpectStreamErrorAsync("not-authorized");
    }

    [Theory]
    [InlineData("to=''", "improper-addressing")]
    [InlineData("", "improper-addressing")]
    [InlineData("to='example.org'", "host-unknown")]
    [InlineData("to='other.example.org'", "host-unknown")]
    [InlineData("to='a@plays.example.org'", "host-unknown")]
    public async Task A_header_names_a_component(string to, string condition)
    {
        await using var server = await StartAsync();
        var component = server.ConnectComponent();

        await component.SendAsync($"<stream:stream xmlns='jabber:component:accept' xmlns:stream='{Namespaces.Streams}' {to}>");

        await component.ExpectStreamErrorAsync(condition);
    }

    [Theory]
    [InlineData("jabber:client")]
    [InlineData("jabber:server")]
    [InlineData("jabber:component:connect")]
    public async Task A_stream_of_another_kind_is_refused(string content)
    {
        await using var server = await StartAsync();
        var component = server.ConnectComponent();

        await component.SendAsync($"<stream:stream xmlns='{content}' xmlns:stream='{Namespaces.Streams}' to='{Plays}' version='1.0'>");

        await component.ExpectStreamErrorAsync("invalid-namespace");
    }

    [Fact]
    public async Task A_clients_listener_takes_no_component()
    {
        await using var server = await StartAsync();
        var client = await server.ConnectAsync();

        await client.SendAsync($"<stream:stream xmlns='jabber:component:accept' xmlns:stream='{Namespaces.Streams}' to='{Plays}'>");

        await client.ExpectStreamErrorAsync("invalid-namespace");
    }

    [Fact]
    public async Task A_second_one_is_a_conflict_and_the_first_stays()
    {
        await using var server = await StartAsync();
        var first = await server.ComponentAsync(Plays);
        var second = server.ConnectComponent();

        await second.HandshakeAsync(Plays, Secret);

        await second.ExpectStreamErrorAsync("conflict");
        await first.BarrierAsync();
    }

    [Fact]
    public async Task It_may_come_again_and_several_may_be_there()
    {
        await using var server = await StartAsync(options => options.Components["irc.example.org"] = new ComponentOptions { Secret = Secret + "!" });
        var irc = await server.ComponentAsync("irc.example.org");
        for (var i = 0; i < 3; i++)
        {
            var plays = await server.ComponentAsync(Plays);
            await irc.SendAsync($"<message from='#parley@irc.example.org' to='hamlet@{Plays}' id='{i}'/>");
            Assert.Equal($"{i}", (await plays.MessageAsync()).Attribute("id"));
            await plays.SendAsync("</stream:stream>");
            await plays.ExpectCloseAsync();
            await plays.ServedAsync();
        }

        await irc.BarrierAsync();
    }

    [Fact]
    public async Task Silence_before_the_handshake_has_an_end_and_after_it_has_none()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);
        var silent = server.ConnectComponent();
        await silent.SendHeaderAsync(Plays);
        await silent.ReceiveHeaderAsync();

        server.Time.Advance(TimeSpan.FromSeconds(61));

        await silent.ExpectStreamErrorAsync("connection-timeout");
        await component.BarrierAsync();
    }

    [Fact]
    public async Task Large_stanzas_come_after_the_handshake()
    {
        await using var server = await StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var body = new string('x', 100_000);
        var early = server.ConnectComponent();
        await early.SendHeaderAsync(Plays);
        await early.SendAsync($"<message from='a@{Plays}' to='juliet@example.org/balcony'><body>{body}</body></message>");
        await early.ExpectStreamErrorAsync("policy-violation");

        var component = await server.ComponentAsync(Plays);
        await component.SendAsync($"<message from='a@{Plays}' to='juliet@example.org/balcony'><body>{body}</body></message>");
        Assert.Equal(body, (await juliet.MessageAsync()).Body());

        await component.SendAsync($"<message from='a@{Plays}' to='juliet@example.org/balcony'><body>{body}{body}{body}</body></message>");
        await component.ExpectStreamErrorAsync("policy-violation");
    }

    [Fact]
    public async Task A_component_hears_that_the_server_stops()
    {
        await using var server = await StartAsync();
        var component = await server.ComponentAsync(Plays);

        var stopped = server.StopAsync();

        await component.ExpectStreamErrorAsync("system-shutdown");
        await stopped;
    }

    [Theory]
    [InlineData("plays.example.org", "fifteen bytes..", "Components:plays.example.org:Secret: it is too short; it takes 16 bytes or more")]
    [InlineData("plays.example.org", "", "Components:plays.example.org:Secret: it is too short")]
    [InlineData("example.org", "a secret of 16 b", "Components:example.org: the server itself hosts that domain")]
    [InlineData("Plays.example.org", "a secret of 16 b", "Components:Plays.example.org: write it as 'plays.example.org'")]
    [InlineData("a@b", "a secret of 16 b", "Components:a@b: that is no domain name")]
    public async Task What_does_not_do_is_refused_at_start(string domain, string secret, string message)
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => XmppTestServer.StartAsync(options =>
            options.Components[domain] = new ComponentOptions { Secret = secret }));

        var failure = Assert.Single(refusal.Failures);
        Assert.StartsWith(message, failure, StringComparison.Ordinal);
        Assert.True(secret.Length == 0 || !failure.Contains(secret, StringComparison.Ordinal));
    }
}
