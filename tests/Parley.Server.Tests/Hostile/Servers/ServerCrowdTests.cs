using System.Net;
using Parley.Protocol;
using Parley.Server.Connections;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>Evil servers in numbers: connections, domains and questions without end. What they take is bounded, given back, and nobody else's.</summary>
public class ServerCrowdTests
{
    private const string Host = EvilNetwork.Host;

    [Fact]
    public async Task An_address_has_so_many_connections_and_others_still_get_in()
    {
        await using var network = await EvilNetwork.StartAsync(static options => options.MaxConnectionsPerAddress = 100, answers: true);
        var evil = IPAddress.Parse("198.51.100.1");
        var connections = new List<TestClient>();
        for (var i = 0; i < 100; i++)
        {
            connections.Add(network.Server.ConnectServer(evil, directTls: i % 2 == 0));
        }

        var refused = network.Server.ConnectServer(evil);
        await refused.ExpectEndAsync();
        await network[Link.DirectTls].OpenAsync(network.Server, address: IPAddress.Parse("198.51.100.2"));
        await connections[0].DisposeAsync();
        await network[Link.StartTls].OpenAsync(network.Server, address: evil);
        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task Ten_thousand_that_never_prove_anything_are_cut_off_in_time_and_leave_nothing_behind()
    {
        await using var network = await EvilNetwork.StartAsync(answers: true);
        var streams = network.Server.Get<OpenStreams>();
        var before = streams.Count();
        var silent = new List<TestClient>();
        for (var i = 0; i < 10_000; i++)
        {
            var peer = network.Server.ConnectServer(directTls: i % 4 == 0);

            // Silent from the first byte, or behind half a header, a whole one, or half of TLS.
            await peer.SendAsync((i % 4) switch { 0 => "\u0016\u0003\u0003\u0010", 1 => "<?xml", 2 => ServerPeer.Header("starttls.example", Host, null), _ => " " });
            silent.Add(peer);
        }

        Assert.Equal(before + 10_000, streams.Count());
        await network.NobodyNoticedAsync();

        // Slowly on, which changes nothing.
        network.Server.Time.Advance(TimeSpan.FromSeconds(50));
        await Task.WhenAll(silent.Select(static peer => peer.SendAsync(" ")));
        network.Server.Time.Advance(TimeSpan.FromSeconds(11));
        network.Server.Time.Advance(TimeSpan.FromSeconds(6));
        foreach (var peer in silent)
        {
            await peer.ExpectEndAsync();
            await peer.ServedAsync();
        }

        Assert.Equal(before, streams.Count());
        await network.NobodyNoticedAsync();
    }

    // Each key makes the server connect to a domain that the stranger chose; none of them ever answers.
    [Fact]
    public async Task One_address_has_so_many_keys_asked_about_at_a_time_and_others_are_still_asked_about()
    {
        await using var network = await EvilNetwork.StartAsync(records: "*.silent.example A 192.0.2.12");
        var evil = IPAddress.Parse("198.51.100.1");
        for (var i = 0; i < 8; i++)
        {
            var peer = await network[Link.DirectTls].OpenAsync(network.Server, address: evil);
            await peer.SendAsync(string.Concat(Enumerable.Range(0, 16).Select(j => $"<db:result from='d{j}.s{i}.silent.example' to='{Host}'>x</db:result>")));
            await peer.SendAsync($"<db:verify from='x.example' to='{Host}' id='1'>x</db:verify>");
            await peer.ReceiveAsync(static element => element.Is("verify", ServerPeer.Dialback));
        }

        var more = await network[Link.DirectTls].OpenAsync(network.Server, address: evil);
        await more.SendAsync($"<db:result from='directtls.example' to='{Host}'>{ServerPeer.Key}</db:result>");
        await more.ExpectAsync("result", Host, "directtls.example", "error", "resource-constraint");

        await RemoteStanzaTests.VerifiedAsync(network, IPAddress.Parse("198.51.100.2"));
        Assert.Equal(129, network.Connections);
        await network.NobodyNoticedAsync();

        // They are given up in time, and there is room again.
        network.Server.Time.Advance(TimeSpan.FromSeconds(70));
        for (var i = 0; i < 128; i++)
        {
            await (await network[Link.DirectTls].AcceptBareAsync()).ExpectEndAsync();
        }

        var again = await network[Link.DirectTls].OpenAsync(network.Server, address: evil);
        await again.SendAsync($"<db:result from='directtls.example' to='{Host}'>{ServerPeer.Key}</db:result>");
        await (await network[Link.DirectTls].AcceptAsync()).AnswerAsync("valid");
        await again.ExpectAsync("result", Host, "directtls.example", "valid");
    }

    // A server with names without end, each with an answer to its key: as many as may be dealt with, and no more.
    [Fact]
    public async Task Domains_without_end_are_dealt_with_up_to_the_limit_and_those_who_were_there_go_on()
    {
        await using var network = await EvilNetwork.StartAsync(
            static options => options.Federation.MaxRemoteDomains = 60, answers: true, records: "*.starttls.example A 192.0.2.11");
        var romeo = await network.Server.LoginAsync($"romeo@{Host}/garden");
        var friend = network[Link.DirectTls];
        var (valid, refused) = (0, 0);
        for (var i = 0; i < 10; i++)
        {
            var peer = await network[Link.StartTls].OpenAsync(network.Server);
            for (var j = 0; j < 12; j++)
            {
                var domain = $"d{i * 12 + j}.starttls.example";
                await peer.SendAsync($"<db:result from='{domain}' to='{Host}'>{ServerPeer.Key}</db:result>");
                var answer = await peer.ReceiveAsync();
                Assert.Equal(domain, answer.Attribute("to"));
                if (answer.Attribute("type") == "valid")
                {
                    valid++;
                    continue;
                }

                Assert.NotNull(answer.Child("error", Namespaces.Server)?.Child("resource-constraint", Namespaces.StanzaErrors));
                refused++;
            }
        }

        Assert.Equal((60, 60), (valid, refused));
        // All are at one address: one stream asks about them.
        Assert.Equal(1, network.Connections);
        await romeo.SendAsync($"<message id='1' to='m@{friend.Domain}'><body>x</body></message>");
        (await romeo.MessageAsync()).IsError("resource-constraint", "wait");
        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task Hundreds_of_evil_streams_leave_none_behind()
    {
        await using var network = await EvilNetwork.StartAsync(answers: true);
        var streams = network.Server.Get<OpenStreams>();
        await RoundAsync(network, 30);
        var count = streams.Count();

        await RoundAsync(network, 400);

        Assert.Equal(count, streams.Count());
        await network.NobodyNoticedAsync();
    }

    private static async Task RoundAsync(EvilNetwork network, int count)
    {
        var large = new string('x', 200_000);
        for (var i = 0; i < count; i++)
        {
            var link = (Link)(i % 3);
            var peer = await network[link].OpenAsync(network.Server);
            var domain = network[link].Domain;
            await peer.SendAsync($"<db:result from='{domain}' to='{Host}'>{(i % 2 == 0 ? ServerPeer.Key : "forged")}</db:result>");
            await peer.ReceiveAsync();
            if (i % 2 == 0)
            {
                // A stanza that has no end.
                await peer.SendAsync($"<message from='m@{domain}' to='witness@{Host}/w'><body>{large}");
            }

            await peer.DisposeAsync();
        }
    }
}
