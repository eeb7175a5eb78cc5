using Parley.Protocol;
using Parley.Server.Federation;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>XEP-0220 §3, XEP-0185: keys that are forged, stolen, relayed or replayed prove nothing. The victim's server is honest: Parley itself where its keys matter.</summary>
public sealed class ForgedKeyTests
{
    private const string Host = EvilNetwork.Host;
    private const string Victim = EvilNetwork.Victim;

    [Theory]
    [InlineData(Link.StartTls)]
    [InlineData(Link.DirectTls)]
    public async Task A_thousand_forged_keys_are_accepted_for_nobody(Link link)
    {
        await using var network = await EvilNetwork.StartAsync();
        for (var i = 0; i < 1000; i++)
        {
            var peer = await network[link].OpenAsync(network.Server, from: i % 3 == 0 ? Victim : null);
            var forged = $"<db:result from='{Victim}' to='{Host}'>{i:x64}</db:result>";
            await peer.SendAsync(forged + (i % 4) switch
            {
                // The answer is not waited for, or given by whoever asked.
                0 => EvilNetwork.Messages(Victim),
                1 => $"<db:result from='{Victim}' to='{Host}' type='valid'/>" + EvilNetwork.Messages(Victim),
                2 => $"<db:verify from='{Victim}' to='{Host}' id='{peer.Header!.Id}' type='valid'/>" + EvilNetwork.Messages(Victim),
                _ => "",
            });
            var answer = await peer.ReceiveAsync();
            if (answer.Is("result", ServerPeer.Dialback))
            {
                // The victim was quicker than what came behind.
                Assert.Equal("invalid", answer.Attribute("type"));
                answer = await peer.ReceiveAsync();
            }

            Assert.True(answer.Is("error", Namespaces.Streams), peer.Describe("A stream error was due"));
            await peer.ExpectCloseAsync();
            await peer.DisposeAsync();
        }

        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task Sixteen_guesses_at_a_time_on_a_stream_end_it_with_the_first()
    {
        await using var network = await EvilNetwork.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            var peer = await network[Link.StartTls].OpenAsync(network.Server);
            await peer.SendAsync(string.Concat(Enumerable.Range(0, 16).Select(static j => $"<db:result from='{Victim}' to='{Host}'>{j:x64}</db:result>")));
            await peer.ReceiveAsync(static element => element.Child("not-authorized", Namespaces.StreamErrors) is not null);
            await peer.DisposeAsync();
        }

        await network.NobodyNoticedAsync();
    }

    // The evil server gives the victim's stream the id that its own stream has at the attacked server, and takes the key there.
    [Fact]
    public async Task A_key_that_the_victim_sent_to_the_evil_server_is_good_nowhere_else()
    {
        var network = new TestNetwork();
        using var evil = new EvilServer(network, Link.StartTls, "evil.example", "192.0.2.66");
        await using var victim = await network.StartAsync("192.0.2.2", [Victim]);
        await using var server = await StartAsync(network);
        var juliet = await victim.LoginAsync($"juliet@{Victim}/balcony");
        var romeo = await server.LoginAsync($"witness@{Host}/w");
        var peer = await evil.OpenAsync(server);

        await juliet.SendAsync("<message to='m@evil.example'><body>secret</body></message>");
        var stream = await evil.AcceptHeaderAsync(Victim);
        await stream.SendAsync(evil.Header(peer.Header!.Id!, Victim) + $"<stream:features>{EvilServer.DialbackFeature}</stream:features>");
        var stolen = (await stream.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback))).Text;

        await peer.SendAsync($"<db:result from='{Victim}' to='{Host}'>{stolen}</db:result>");
        await peer.ExpectAsync("result", Host, Victim, "invalid");
        await peer.ExpectStreamErrorAsync("not-authorized");
        await romeo.ExpectNothingAsync();
    }

    // A genuine key, overheard: of another stream, of another pair, and as the answer to another question.
    [Fact]
    public async Task A_key_of_another_stream_or_pair_is_good_for_none()
    {
        const string secret = "the secret of the victim's server, which nobody knows";
        var keys = new DialbackKeys(new FederationOptions { DialbackSecret = secret });
        var network = new TestNetwork();
        using var evil = new EvilServer(network, Link.StartTls, "evil.example", "192.0.2.66");
        await using var victim = await network.StartAsync("192.0.2.2", [Victim, "rooms.victim.example"], options => options.Federation.DialbackSecret = secret);
        await using var server = await StartAsync(network);
        var first = await evil.OpenAsync(server);
        var genuine = keys.Create(Host, Victim, first.Header!.Id!);

        foreach (var key in new[]
        {
            keys.Create(Host, "rooms.victim.example", first.Header.Id!), keys.Create(EvilNetwork.OtherHost, Victim, first.Header.Id!),
            keys.Create(Victim, Host, first.Header.Id!), keys.Create(Host, Victim, ""), genuine[..63], genuine + "0", "", genuine.ToUpperInvariant(),
        })
        {
            var peer = await evil.OpenAsync(server);
            await peer.SendAsync($"<db:result from='{Victim}' to='{Host}'>{key}</db:result>");
            await peer.ExpectAsync("result", Host, Victim, "invalid");
            await peer.ExpectStreamErrorAsync("not-authorized");
        }

        var second = await evil.OpenAsync(server);
        await second.SendAsync($"<db:result from='{Victim}' to='{Host}'>{genuine}</db:result>");
        await second.ExpectAsync("result", Host, Victim, "invalid");
        await second.ExpectStreamErrorAsync("not-authorized");

        // On its own stream it is good, so that the others were not refused for another reason.
        await first.SendAsync($"<db:result from='{Victim}' to='{Host}'>{genuine}</db:result>");
        await first.ExpectAsync("result", Host, Victim, "valid");
    }

    [Theory]
    [InlineData("<db:verify from='{0}' to='example.org' id='{1}x' type='valid'/>")]
    [InlineData("<db:verify from='{0}' to='example.net' id='{1}' type='valid'/>")]
    [InlineData("<db:verify from='victim.example' to='example.org' id='{1}' type='valid'/>")]
    [InlineData("<db:verify from='{0}' to='example.org' id='{1}' type='maybe'/>")]
    [InlineData("<db:verify from='{0}' to='example.org' id='{1}'/>")]
    [InlineData("<db:verify from='{0}' to='example.org' type='valid'/>")]
    [InlineData("<db:verify to='example.org' id='{1}' type='valid'/>")]
    [InlineData("<db:result from='{0}' to='example.org' id='{1}' type='valid'/>")]
    public async Task An_answer_to_another_question_is_none(string answer)
    {
        await using var network = await EvilNetwork.StartAsync();
        var evil = network[Link.StartTls];
        var peer = await evil.OpenAsync(network.Server);
        await peer.SendAsync($"<db:result from='{evil.Domain}' to='{Host}'>{ServerPeer.Key}</db:result>");
        var authority = await evil.AcceptAsync();
        var question = await authority.ReceiveAsync(static element => element.Is("verify", ServerPeer.Dialback));
        Assert.Equal(peer.Header!.Id, question.Attribute("id"));

        await authority.SendAsync(answer.Replace("{0}", evil.Domain, StringComparison.Ordinal).Replace("{1}", peer.Header.Id, StringComparison.Ordinal));

        await authority.ExpectStreamErrorAsync("invalid-xml");
        await peer.ExpectAsync("result", Host, evil.Domain, "error", "remote-server-timeout");
        await peer.SendAsync(EvilNetwork.Messages(evil.Domain));
        await peer.ExpectStreamErrorAsync("not-authorized");
        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task An_answer_that_comes_twice_or_for_a_stream_that_is_gone_changes_nothing()
    {
        await using var network = await EvilNetwork.StartAsync();
        var evil = network[Link.DirectTls];
        var peer = await evil.OpenAsync(network.Server);
        await peer.SendAsync($"<db:result from='{evil.Domain}' to='{Host}'>{ServerPeer.Key}</db:result>");
        var authority = await evil.AcceptAsync();
        var question = await authority.ReceiveAsync(static element => element.Is("verify", ServerPeer.Dialback));
        await peer.DisposeAsync();

        var valid = $"<db:verify from='{evil.Domain}' to='{Host}' id='{question.Attribute("id")}' type='valid'/>";
        await authority.SendAsync(valid + valid);

        await authority.ExpectStreamErrorAsync("invalid-xml");
        await network.NobodyNoticedAsync();
    }

    // An answer after the time in which one is waited for opens nothing any more.
    [Fact]
    public async Task An_answer_that_comes_too_late_opens_nothing()
    {
        await using var network = await EvilNetwork.StartAsync();
        var evil = network[Link.StartTls];
        var peer = await evil.OpenAsync(network.Server);
        await peer.SendAsync($"<db:result from='{evil.Domain}' to='{Host}'>{ServerPeer.Key}</db:result>");
        var authority = await evil.AcceptAsync();
        var question = await authority.ReceiveAsync(static element => element.Is("verify", ServerPeer.Dialback));

        network.Server.Time.Advance(TimeSpan.FromSeconds(61));
        await authority.SendAsync($"<db:verify from='{evil.Domain}' to='{Host}' id='{question.Attribute("id")}' type='valid'/>");

        await peer.ReceiveAsync(static element => element.Child("connection-timeout", Namespaces.StreamErrors) is not null);
        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task The_answer_of_the_authoritative_server_is_for_its_own_domain_alone()
    {
        await using var network = await EvilNetwork.StartAsync();
        var (evil, other) = (network[Link.StartTls], network[Link.DirectTls]);
        var peer = await evil.OpenAsync(network.Server);

        // Two domains, one of them the evil server's own: what it says of the other, it says on its own stream.
        await peer.SendAsync($"<db:result from='{evil.Domain}' to='{Host}'>{ServerPeer.Key}</db:result><db:result from='{other.Domain}' to='{Host}'>{ServerPeer.Key}</db:result>");
        var authority = await evil.AcceptAsync();
        await authority.ReceiveAsync(static element => element.Is("verify", ServerPeer.Dialback));
        await authority.SendAsync($"<db:verify from='{other.Domain}' to='{Host}' id='{peer.Header!.Id}' type='valid'/>");

        await authority.ExpectStreamErrorAsync("invalid-xml");
        await peer.ExpectAsync("result", Host, evil.Domain, "error", "remote-server-timeout");
        await (await other.AcceptAsync()).AnswerAsync("invalid");
        await peer.ExpectAsync("result", Host, other.Domain, "invalid");
        await peer.ExpectStreamErrorAsync("not-authorized");
        await network.NobodyNoticedAsync();
    }

    private static Task<XmppTestServer> StartAsync(TestNetwork network) => network.StartAsync("192.0.2.1", [Host, EvilNetwork.OtherHost]);
}
