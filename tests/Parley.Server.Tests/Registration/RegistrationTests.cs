using System.Net;
using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Registration;

public class RegistrationTests
{
    private const string Register = "jabber:iq:register";
    private const string Bill = "<query xmlns='jabber:iq:register'><username>bill</username><password>Calliope</password></query>";
    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.7");

    [Theory]
    [InlineData(RegistrationPolicy.Open, "192.0.2.7", true)]
    [InlineData(RegistrationPolicy.Open, "127.0.0.1", true)]
    [InlineData(RegistrationPolicy.Loopback, "127.0.0.1", true)]
    [InlineData(RegistrationPolicy.Loopback, "::1", true)]
    [InlineData(RegistrationPolicy.Loopback, "192.0.2.7", false)]
    [InlineData(RegistrationPolicy.Closed, "127.0.0.1", false)]
    public async Task Registration_is_offered_to_those_who_may_register_and_nobody_else(RegistrationPolicy policy, string address, bool offered)
    {
        await using var server = await XmppTestServer.StartAsync(options => options.Registration = policy);
        var client = await server.OpenAsync(from: IPAddress.Parse(address));

        Assert.Equal(offered, client.Features.Child("register", "http://jabber.org/features/iq-register") is not null);
        foreach (var (type, payload) in new[] { ("get", $"<query xmlns='{Register}'/>"), ("set", Bill) })
        {
            var reply = await client.IqAsync(type, "example.org", payload);
            if (offered)
            {
                reply.IsResult();
            }
            else
            {
                reply.IsError("service-unavailable", "cancel");
            }
        }

        Assert.Equal(offered, await ExistsAsync(server, "bill@example.org"));
    }

    [Fact]
    public async Task Without_tls_nothing_is_offered_and_nothing_done()
    {
        await using var server = await OpenServerAsync(options => options.AllowInsecure = false);
        var plain = await server.OpenAsync();

        Assert.Null(plain.Features.Child("register", "http://jabber.org/features/iq-register"));
        (await plain.IqAsync("set", null, Bill)).IsError("not-authorized", "modify");
        Assert.False(await ExistsAsync(server, "bill@example.org"));

        var secure = await server.OpenAsync(Transport.StartTls);
        Assert.NotNull(secure.Features.Child("register", "http://jabber.org/features/iq-register"));
        (await secure.IqAsync("set", null, Bill)).IsResult();
    }

    [Fact]
    public async Task The_fields_are_told_both_ways()
    {
        await using var server = await OpenServerAsync();
        var client = await server.OpenAsync();

        var query = (await client.IqAsync("get", "example.org", $"<query xmlns='{Register}'/>")).IsResult()!.Value;

        Assert.NotEqual("", query.Child("instructions", Register)!.Value.Text);
        Assert.NotNull(query.Child("username", Register));
        Assert.NotNull(query.Child("password", Register));
        Assert.Null(query.Child("registered", Register));
        var form = query.Child("x", "jabber:x:data")!.Value;
        Assert.Equal("form", form.Attribute("type"));
        Assert.Equal(["FORM_TYPE", "username", "password"], Fields(form));
    }

    [Theory]
    [InlineData(Bill)]
    [InlineData("<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field><field var='username'><value>bill</value></field><field var='password'><value>Calliope</value></field></x></query>")]
    [InlineData("<query xmlns='jabber:iq:register'><username>mallory</username><password>other</password><x xmlns='jabber:x:data' type='submit'><field var='username'><value>Bill</value></field><field var='password'><value>Calliope</value></field></x></query>")]
    public async Task Whoever_registers_can_log_in_on_the_same_stream(string payload)
    {
        await using var server = await OpenServerAsync();
        var client = await server.OpenAsync();

        Assert.Null((await client.IqAsync("set", "example.org", payload)).IsResult());

        await client.AuthenticateAsync("bill", "Calliope");
        await client.BindAsync("globe");
        Assert.False(await ExistsAsync(server, "mallory@example.org"));
    }

    [Theory]
    [InlineData("<username>bill</username><password>m1cro$oft</password>", "conflict", "cancel")]
    [InlineData("<username>BILL</username><password>m1cro$oft</password>", "conflict", "cancel")]
    [InlineData("<username>will</username>", "not-acceptable", "modify")]
    [InlineData("<username>will</username><password/>", "not-acceptable", "modify")]
    [InlineData("<password>Calliope</password>", "not-acceptable", "modify")]
    [InlineData("<username/><password>Calliope</password>", "not-acceptable", "modify")]
    [InlineData("", "not-acceptable", "modify")]
    [InlineData("<username>w@ll</username><password>Calliope</password>", "not-acceptable", "modify")]
    [InlineData("<username>w ll</username><password>Calliope</password>", "not-acceptable", "modify")]
    [InlineData("<username>will</username><password>tab&#9;here</password>", "not-acceptable", "modify")]
    [InlineData("<x xmlns='jabber:x:data' type='cancel'/>", "not-acceptable", "modify")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>other</value></field></x>", "not-acceptable", "modify")]
    [InlineData("<x xmlns='jabber:x:data'/>", "bad-request", "modify")]
    [InlineData("<remove/>", "unexpected-request", "wait")]
    public async Task What_cannot_be_registered_is_refused_and_the_stream_goes_on(string content, string condition, string type)
    {
        await using var server = await OpenServerAsync();
        await server.CreateAccountAsync("bill@example.org");
        var client = await server.OpenAsync();

        (await client.IqAsync("set", null, $"<query xmlns='{Register}'>{content}</query>")).IsError(condition, type);

        Assert.False(await ExistsAsync(server, "will@example.org"));
        await client.AuthenticateAsync("bill", XmppTestServer.Password);
    }

    [Fact]
    public async Task One_address_registers_so_often_and_then_has_to_wait()
    {
        await using var server = await OpenServerAsync(options => options.RateLimits = true);
        for (var i = 0; i < 5; i++)
        {
            (await RegisterAsync(server, $"user{i}", Elsewhere)).IsResult();
        }

        (await RegisterAsync(server, "user5", Elsewhere)).IsError("resource-constraint", "wait");
        (await RegisterAsync(server, "user6", IPAddress.Parse("192.0.2.8"))).IsResult();
        Assert.False(await ExistsAsync(server, "user5@example.org"));

        server.Time.Advance(TimeSpan.FromMinutes(11));
        (await RegisterAsync(server, "user5", Elsewhere)).IsResult();
    }

    [Fact]
    public async Task A_network_of_ipv6_counts_as_one_address()
    {
        await using var server = await OpenServerAsync(options => options.RateLimits = true);
        for (var i = 0; i < 5; i++)
        {
            (await RegisterAsync(server, $"user{i}", IPAddress.Parse($"2001:db8::{i + 1}"))).IsResult();
        }

        (await RegisterAsync(server, "user5", IPAddress.Parse("2001:db8::ffff:1"))).IsError("resource-constraint", "wait");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("example.org")]
    [InlineData("bill@example.org")]
    public async Task Who_is_registered_is_told_so(string? to)
    {
        await using var server = await XmppTestServer.StartAsync();
        var bill = await server.LoginAsync("bill@example.org/globe");

        var query = (await bill.IqAsync("get", to, $"<query xmlns='{Register}'/>")).IsResult()!.Value;

        Assert.NotNull(query.Child("registered", Register));
        Assert.Equal("bill", query.Child("username", Register)!.Value.Text);
        Assert.Equal("", query.Child("password", Register)!.Value.Text);
    }

    [Theory]
    [InlineData("<username>bill</username><password>newpass</password>")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field type='hidden' var='FORM_TYPE'><value>jabber:iq:register:changepassword</value></field><field var='username'><value>bill@example.org</value></field><field var='password'><value>newpass</value></field></x>")]
    public async Task A_password_is_changed_over_a_secure_stream(string content)
    {
        await using var server = await XmppTestServer.StartAsync(options => options.AllowInsecure = false);
        var bill = await server.LoginAsync("bill@example.org/globe", Transport.StartTls);

        Assert.Null((await bill.IqAsync("set", "example.org", $"<query xmlns='{Register}'>{content}</query>")).IsResult());

        var kept = await server.Get<IAccountStore>().FindAsync(Jid.Parse("bill@example.org"), CancellationToken.None);
        Assert.All(kept!.Scram, keys => Assert.True(keys.Verify("newpass")));
        await bill.BarrierAsync();
    }

    [Theory]
    [InlineData(null, "<password>newpass</password>", "bad-request", "modify")]
    [InlineData(null, "<username>bill</username>", "bad-request", "modify")]
    [InlineData(null, "<username>bill</username><password/>", "bad-request", "modify")]
    [InlineData(null, "", "bad-request", "modify")]
    [InlineData(null, "<username>will</username><password>newpass</password>", "not-allowed", "cancel")]
    [InlineData("will@example.org", "<username>will</username><password>newpass</password>", "not-allowed", "cancel")]
    [InlineData("nobody@example.org", "<username>nobody</username><password>newpass</password>", "not-allowed", "cancel")]
    [InlineData(null, "<username>bill</username><password>tab&#9;here</password>", "not-acceptable", "modify")]
    [InlineData(null, "<remove/><username>bill</username>", "bad-request", "modify")]
    [InlineData("will@example.org", "<remove/>", "forbidden", "cancel")]
    [InlineData("nobody@example.org", "<remove/>", "forbidden", "cancel")]
    [InlineData("example.net", "<remove/>", "registration-required", "auth")]
    [InlineData("example.net", "<username>bill</username><password>newpass</password>", "not-allowed", "cancel")]
    public async Task What_cannot_be_changed_is_refused_and_nothing_changed(string? to, string content, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.Domains.Add("example.org");
            options.Domains.Add("example.net");
        });
        await server.CreateAccountAsync("will@example.org");
        var bill = await server.LoginAsync("bill@example.org/globe");

        (await bill.IqAsync("set", to, $"<query xmlns='{Register}'>{content}</query>")).IsError(condition, type);

        foreach (var account in new[] { "bill@example.org", "will@example.org" })
        {
            var kept = await server.Get<IAccountStore>().FindAsync(Jid.Parse(account), CancellationToken.None);
            Assert.All(kept!.Scram, keys => Assert.True(keys.Verify(XmppTestServer.Password)));
        }
    }

    [Theory]
    [InlineData("<remove/><username>bill</username>", "bad-request", "400")]
    [InlineData("<remove/>", "forbidden", "403", "will@example.org")]
    [InlineData("<username>will</username><password>x</password>", "not-allowed", "405", "will@example.org")]
    public async Task Refusals_have_an_old_code_too(string content, string condition, string code, string? to = null)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.CreateAccountAsync("will@example.org");
        var bill = await server.LoginAsync("bill@example.org/globe");

        var error = (await bill.IqAsync("set", to, $"<query xmlns='{Register}'>{content}</query>")).Child("error", "jabber:client")!.Value;

        Assert.NotNull(error.Child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas"));
        Assert.Equal(code, error.Attribute("code"));
    }

    [Theory]
    [InlineData("<username>bill</username><password>m1cro$oft</password>", "conflict", "409")]
    [InlineData("<username>will</username>", "not-acceptable", "406")]
    [InlineData("<remove/>", "unexpected-request", "400")]
    public async Task Failed_registrations_have_an_old_code_too(string content, string condition, string code)
    {
        await using var server = await OpenServerAsync();
        await server.CreateAccountAsync("bill@example.org");
        var client = await server.OpenAsync();

        var error = (await client.IqAsync("set", null, $"<query xmlns='{Register}'>{content}</query>")).Child("error", "jabber:client")!.Value;

        Assert.NotNull(error.Child(condition, "urn:ietf:params:xml:ns:xmpp-stanzas"));
        Assert.Equal(code, error.Attribute("code"));
    }

    [Fact]
    public async Task A_removed_account_gets_its_result_and_then_its_sessions_end()
    {
        await using var server = await XmppTestServer.StartAsync();
        var globe = await server.LoginAsync("bill@example.org/globe");
        var phone = await server.LoginAsync("bill@example.org/phone");

        Assert.Null((await globe.IqAsync("set", null, $"<query xmlns='{Register}'><remove/></query>")).IsResult());

        await globe.ExpectStreamErrorAsync("not-authorized");
        await phone.ExpectStreamErrorAsync("not-authorized");
        Assert.False(await ExistsAsync(server, "bill@example.org"));
    }

    [Fact]
    public async Task Between_authentication_and_binding_nothing_is_registered()
    {
        await using var server = await OpenServerAsync();
        await server.CreateAccountAsync("bill@example.org");
        var client = await server.OpenAsync();
        await client.AuthenticateAsync("bill", XmppTestServer.Password);

        Assert.Null(client.Features.Child("register", "http://jabber.org/features/iq-register"));
        await client.SendAsync($"<iq type='set' id='r'>{Bill}</iq>");

        await client.ExpectStreamErrorAsync("not-authorized");
    }

    [Fact]
    public async Task A_registration_is_for_the_domain_of_the_stream()
    {
        await using var server = await OpenServerAsync(options =>
        {
            options.Domains.Add("example.org");
            options.Domains.Add("example.net");
        });
        var client = await server.OpenAsync(domain: "example.net");

        (await client.IqAsync("set", "example.org", Bill)).IsError("service-unavailable", "cancel");
        (await client.IqAsync("set", null, Bill)).IsResult();

        Assert.False(await ExistsAsync(server, "bill@example.org"));
        Assert.True(await ExistsAsync(server, "bill@example.net"));
    }

    private static Task<XmppTestServer> OpenServerAsync(Action<XmppServerOptions>? options = null) => XmppTestServer.StartAsync(server =>
    {
        server.Registration = RegistrationPolicy.Open;
        server.ScramIterations = 4096;
        options?.Invoke(server);
    });

    private static async Task<XmlElement> RegisterAsync(XmppTestServer server, string username, IPAddress from)
    {
        var client = await server.OpenAsync(from: from);
        return await client.IqAsync("set", null, $"<query xmlns='{Register}'><username>{username}</username><password>Calliope</password></query>");
    }

    private static async Task<bool> ExistsAsync(XmppTestServer server, string account) =>
        await server.Get<IAccountStore>().ExistsAsync(Jid.Parse(account), CancellationToken.None);

    private static List<string?> Fields(XmlElement form)
    {
        var fields = new List<string?>();
        foreach (var child in form.Children)
        {
            if (child.LocalName == "field")
            {
                fields.Add(child.Attribute("var"));
            }
        }

        return fields;
    }
}
