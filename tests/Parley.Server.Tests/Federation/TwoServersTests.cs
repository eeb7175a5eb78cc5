using Parley.Server.Federation;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>Two servers in one process: what their users have of each other.</summary>
public sealed class TwoServersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-federation-").FullName;
    private readonly TestNetwork _network = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Messages_go_both_ways_in_their_order_by_dialback_under_TLS()
    {
        var (org, net) = await StartAsync();
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");

        for (var i = 0; i < 50; i++)
        {
            await alice.SendAsync($"<message to='bob@example.net/phone' type='chat'><body>{i}</body></message>");
        }

        for (var i = 0; i < 50; i++)
        {
            var message = await bob.MessageAsync();
            Assert.Equal($"{i}", message.Child("body", "jabber:client")?.Text);
            Assert.Equal("alice@example.org/desk", message.Attribute("from"));
        }

        await bob.SendAsync("<message to='alice@example.org/desk' type='chat'><body>back</body></message>");
        Assert.Equal("back", (await alice.MessageAsync()).Child("body", "jabber:client")?.Text);

        // One stream each way.
        Assert.Equal(2, _network.Connections);
    }

    [Fact]
    public async Task Certificates_of_an_authority_need_no_calling_back()
    {
        using var certificate = new TestCertificate("example.org", "example.net");
        var authorities = Path.Combine(_folder, "authorities.pem");
        await File.WriteAllTextAsync(authorities, certificate.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        var (org, net) = await StartAsync(
            options =>
            {
                options.Federation.Authorities = authorities;
                options.Federation.Policy.RequireCertificate = true;
                options.Federation.Policy.AllowDialback = false;
            },
            certificate);
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");

        await alice.SendAsync("<message to='bob@example.net/phone' type='chat'><body>hi</body></message>");

        await bob.MessageAsync();
        Assert.Equal(1, _network.Connections);
    }

    [Fact]
    public async Task Without_a_certificate_where_one_is_required_stanzas_come_back()
    {
        var (org, net) = await StartAsync(static options => options.Federation.Policy.RequireCertificate = true);
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");

        await alice.SendAsync("<message to='bob@example.net/phone' id='m1'><body>hi</body></message>");

        var error = await alice.MessageAsync();
        error.IsError("remote-server-timeout", "wait");
        Assert.Equal("m1", error.Attribute("id"));
    }

    [Fact]
    public async Task Direct_TLS_is_taken_where_the_records_say_so()
    {
        _network.Record("_xmpps-server._tcp.example.net SRV 0 0 5270 example.net");
        _network.Record("_xmpps-server._tcp.example.org SRV 0 0 5270 example.org");
        var (org, net) = await StartAsync();
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");

        await alice.SendAsync("<message to='bob@example.net/phone' type='chat'><body>hi</body></message>");

        await bob.MessageAsync();
        Assert.Equal([5270, 5270], _network.Ports);
    }

    [Fact]
    public async Task Subscriptions_presence_and_requests_cross()
    {
        var (org, net) = await StartAsync();
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");
        await alice.IqAsync("get", null, "<query xmlns='jabber:iq:roster'/>");
        await alice.PresenceAsync();
        await bob.PresenceAsync();

        await alice.SendAsync("<presence to='bob@example.net' type='subscribe'/>");
        await PresenceAsync(bob, "subscribe", "alice@example.org");
        await bob.SendAsync("<presence to='alice@example.org' type='subscribed'/>");
        await PresenceAsync(alice, "subscribed", "bob@example.net");
        await PresenceAsync(alice, null, "bob@example.net/phone");
        await bob.SendAsync("<presence><show>away</show></presence>");
        await alice.ReceiveAsync(static element => element.Child("show", "jabber:client")?.Text == "away");

        var version = await alice.IqAsync("get", "example.net", "<query xmlns='jabber:iq:version'/>");
        Assert.Equal("result", version.Attribute("type"));
        await bob.DisposeAsync();
        await PresenceAsync(alice, "unavailable", "bob@example.net/phone");

        // Whoever comes later asks, and is told (RFC 6121 §4.3).
        var again = await net.LoginAsync("bob@example.net/other");
        await again.PresenceAsync();
        await PresenceAsync(alice, null, "bob@example.net/other");
        var second = await org.LoginAsync("alice@example.org/second");
        await second.PresenceAsync();
        await PresenceAsync(second, null, "bob@example.net/other");
    }

    [Fact]
    public async Task Nobody_at_home_is_told_to_the_other_side()
    {
        var (org, net) = await StartAsync();
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");

        await alice.SendAsync("<message to='nobody@example.net' id='m1'><body>hi</body></message>");
        (await alice.MessageAsync()).IsError("service-unavailable", "cancel");
        var reply = await alice.IqAsync("get", "nobody@example.net", "<query xmlns='urn:x'/>");
        reply.IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task A_stream_that_carries_nothing_is_closed_and_opened_again_when_there_is_something()
    {
        var (org, net) = await StartAsync();
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");
        await alice.SendAsync("<message to='bob@example.net/phone' type='chat'><body>1</body></message>");
        await bob.MessageAsync();

        await org.AcknowledgedAsync();
        org.Time.Advance(TimeSpan.FromMinutes(10));
        await alice.SendAsync("<message to='bob@example.net/phone' type='chat'><body>2</body></message>");

        Assert.Equal("2", (await bob.MessageAsync()).Child("body", "jabber:client")?.Text);
        Assert.True(_network.Connections > 2);
    }

    [Fact]
    public async Task A_server_that_could_not_be_reached_is_asked_again_when_a_key_comes_in_its_name()
    {
        var (org, net) = await StartAsync();
        await using var _ = org;
        await using var __ = net;
        var alice = await org.LoginAsync("alice@example.org/desk");
        var bob = await net.LoginAsync("bob@example.net/phone");
        _network.IsDown = true;
        for (var seconds = 5; seconds <= 80; seconds *= 2)
        {
            await alice.SendAsync("<message to='bob@example.net/phone' type='chat'><body>away</body></message>");
            Assert.Equal("error", (await alice.MessageAsync()).Attribute("type"));
            org.Time.Advance(TimeSpan.FromSeconds(seconds));
        }

        await alice.SendAsync("<message to='bob@example.net/phone' type='chat'><body>away</body></message>");
        Assert.Equal("error", (await alice.MessageAsync()).Attribute("type"));

        // Nothing is sent there for 160 seconds; what it proves itself with is looked at after 5.
        _network.IsDown = false;
        org.Time.Advance(TimeSpan.FromSeconds(5));
        await bob.SendAsync("<message to='alice@example.org/desk' type='chat'><body>back</body></message>");
        Assert.Equal("back", (await alice.MessageAsync()).Child("body", "jabber:client")?.Text);
    }

    private static async Task PresenceAsync(TestClient client, string? type, string from) => await client.ReceiveAsync(
        element => element.LocalName == "presence" && element.Attribute("type") == type && element.Attribute("from") == from);

    private async Task<(XmppTestServer Org, XmppTestServer Net)> StartAsync(Action<XmppServerOptions>? options = null, TestCertificate? certificate = null)
    {
        _network.Name("example.net", "192.0.2.2");
        var org = await _network.StartAsync("192.0.2.1", ["example.org"], options, certificate);
        return (org, await _network.StartAsync("192.0.2.2", ["example.net"], options, certificate));
    }
}
