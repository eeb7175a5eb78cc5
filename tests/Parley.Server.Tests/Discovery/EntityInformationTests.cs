using Microsoft.Extensions.Options;
using Parley.Protocol.Extensions;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Discovery;

public class EntityInformationTests
{
    private const string Ping = "<ping xmlns='urn:xmpp:ping'/>";
    private const string Version = "<query xmlns='jabber:iq:version'/>";
    private const string Time = "<time xmlns='urn:xmpp:time'/>";

    [Theory]
    [InlineData(null)]
    [InlineData("example.org")]
    [InlineData("alice@example.org")]
    public async Task A_ping_is_answered(string? to)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");

        var pong = await alice.IqAsync("get", to, Ping);

        Assert.Null(pong.IsResult());
        Assert.Equal(to ?? "alice@example.org", pong.Attribute("from"));
        Assert.Equal("alice@example.org/desk", pong.Attribute("to"));
    }

    [Theory]
    [InlineData("bob@example.org", Ping)]
    [InlineData("nobody@example.org", Ping)]
    [InlineData("bob@example.org", Version)]
    [InlineData("nobody@example.org", Version)]
    [InlineData("bob@example.org", Time)]
    [InlineData("nobody@example.org", Time)]
    public async Task Nothing_tells_whether_an_account_exists(string to, string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("bob@example.org");
        var alice = await server.LoginAsync("alice@example.org/desk");

        (await alice.IqAsync("get", to, payload)).IsError("service-unavailable", "cancel");
    }

    [Theory]
    [InlineData(Ping)]
    [InlineData(Version)]
    [InlineData(Time)]
    public async Task Nothing_can_be_set(string payload)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");

        (await alice.IqAsync("set", "example.org", payload)).IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task A_ping_to_a_full_address_is_its_clients()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");
        var bob = await server.LoginAsync("bob@example.org/phone");

        await alice.SendAsync($"<iq type='get' id='e2e1' to='bob@example.org/phone'>{Ping}</iq>");
        Assert.Equal("e2e1", (await bob.ReceiveAsync()).Attribute("id"));
        await bob.SendAsync("<iq type='result' id='e2e1' to='alice@example.org/desk'/>");

        var pong = await alice.ReceiveAsync();
        Assert.Null(pong.IsResult());
        Assert.Equal("bob@example.org/phone", pong.Attribute("from"));
    }

    [Fact]
    public async Task The_version_names_the_software_and_not_the_system()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");

        var version = (await alice.IqAsync("get", "example.org", Version)).IsResult()!.Value;

        Assert.Equal("Parley", version.Child("name", "jabber:iq:version")?.Text);
        Assert.Matches(@"^\d+\.\d+\.\d+$", version.Child("version", "jabber:iq:version")?.Text);
        Assert.Null(version.Child("os", "jabber:iq:version"));
    }

    [Fact]
    public async Task The_time_is_the_servers()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");
        server.Time.Advance(TimeSpan.FromSeconds(90.25));

        var time = (await alice.IqAsync("get", "example.org", Time)).IsResult()!.Value;

        Assert.Equal("+00:00", time.Child("tzo", "urn:xmpp:time")?.Text);
        Assert.Equal("2026-01-01T12:01:30.250Z", time.Child("utc", "urn:xmpp:time")?.Text);
    }

    [Fact]
    public async Task Contact_addresses_are_published()
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.Contacts["admin-addresses"] = ["mailto:xmpp@shakespeare.lit", "xmpp:admins@shakespeare.lit"];
            options.Contacts["abuse-addresses"] = ["mailto:abuse@shakespeare.lit"];
            options.Contacts["sales-addresses"] = [];
        });
        var alice = await server.LoginAsync("alice@example.org/desk");

        var form = Assert.Single((await alice.InfoAsync("example.org")).Forms);

        Assert.Equal(DataFormType.Result, form.Type);
        Assert.Equal("http://jabber.org/network/serverinfo", form.FormType);
        Assert.Equal(["FORM_TYPE", "abuse-addresses", "admin-addresses"], form.Fields.Select(field => field.Variable));
        Assert.Equal(["mailto:xmpp@shakespeare.lit", "xmpp:admins@shakespeare.lit"], form["admin-addresses"]!.Values);
        Assert.Empty((await alice.InfoAsync(null)).Forms);
    }

    [Fact]
    public async Task Without_contacts_there_is_no_form()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");

        Assert.Empty((await alice.InfoAsync("example.org")).Forms);
    }

    [Theory]
    [InlineData("bard-addresses", "xmpp:bard@shakespeare.lit", "bard-addresses")]
    [InlineData("abuse-addresses", "abuse at shakespeare.lit", "Contacts:abuse-addresses")]
    [InlineData("abuse-addresses", "", "Contacts:abuse-addresses")]
    public async Task Contacts_that_nobody_would_understand_are_refused(string name, string address, string named)
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => XmppTestServer.StartAsync(options => options.Contacts[name] = [address]));

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }
}
