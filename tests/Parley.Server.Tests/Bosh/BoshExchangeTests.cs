using System.Text;
using Parley.Protocol;
using Parley.Protocol.Sasl;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Bosh;

/// <summary>A session from its creation to the question whether a contact is there, over the real endpoint and engine (XEP-0206 §3 to §5).</summary>
public sealed class BoshExchangeTests
{
    private const string Streams = Namespaces.Streams;

    [Fact]
    public async Task From_the_creation_of_a_session_to_a_question_for_a_contact()
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.Registration = Server.Hosting.RegistrationPolicy.Loopback;
            options.SaslMechanisms.Add(SaslMechanismNames.CramMd5);
            options.SaslMechanisms.Add(SaslMechanismNames.DigestMd5);
        });
        await server.CreateAccountAsync("alice@example.org");
        var client = server.Bosh();

        // 1: the session.
        var created = await client.CreateAsync(
            "to='example.org' wait='60' hold='1' content='text/xml; charset=utf-8' ver='1.6' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'");
        Assert.Equal(200, created.Status);
        Assert.Equal("text/xml; charset=utf-8", created.ContentType);
        Assert.Equal(32, created.Attribute("sid")!.Length);
        Assert.NotEmpty(created.Attribute("authid")!);
        foreach (var (name, value) in new[]
        {
            ("wait", "60"), ("hold", "1"), ("requests", "2"), ("inactivity", "30"), ("polling", "5"), ("maxpause", "300"), ("ver", "1.6"),
            ("from", "example.org"), ("secure", "true"), ("ack", null), ("type", null), ("stream", null), ("charsets", null),
        })
        {
            Assert.True(created.Attribute(name) == value, $"{name} has to be {value}.\n{created.Text}");
        }

        Assert.Equal("1.0", created.Attribute("version", "urn:xmpp:xbosh"));
        Assert.Equal("true", created.Attribute("restartlogic", "urn:xmpp:xbosh"));
        Assert.Contains("xmlns:stream='http://etherx.jabber.org/streams'", created.Text[..created.Text.IndexOf('>')], StringComparison.Ordinal);
        var features = Assert.Single(created.Elements);
        Assert.True(features.Is("features", Streams));
        List<string> mechanisms = [];
        foreach (var mechanism in features.Child("mechanisms", Namespaces.Sasl)!.Value.Children)
        {
            mechanisms.Add(mechanism.Text);
        }

        Assert.Superset(new HashSet<string> { "PLAIN", "SCRAM-SHA-1", "CRAM-MD5", "DIGEST-MD5" }, mechanisms.ToHashSet());
        Assert.NotNull(features.Child("register", "http://jabber.org/features/iq-register"));
        Assert.Null(features.Child("starttls", Namespaces.Tls));

        // 2 and 3: SCRAM-SHA-1.
        var mine = new SaslClientContext { Domain = "example.org", Username = "alice", Password = XmppTestServer.Password, Mechanisms = ["SCRAM-SHA-1"] };
        var scram = new SaslClientMechanisms(mine).Select(mechanisms)!;
        var initial = Convert.ToBase64String(scram.Initial()!);
        var challenge = await client.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='SCRAM-SHA-1'>{initial}</auth>");
        var element = Assert.Single(challenge.Elements);
        Assert.True(element.Is("challenge", Namespaces.Sasl), challenge.Text);
        var response = Convert.ToBase64String(scram.Step(Convert.FromBase64String(element.Text)));
        var success = Assert.Single((await client.SendAsync($"<response xmlns='{Namespaces.Sasl}'>{response}</response>")).Elements);
        Assert.True(success.Is("success", Namespaces.Sasl));
        Assert.True(scram.Verify(Convert.FromBase64String(success.Text)));

        // 4: the stream begins anew.
        var restarted = await client.SendAsync(attributes: "to='example.org' xml:lang='en' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'");
        Assert.Null(restarted.Attribute("sid"));
        var offered = Assert.Single(restarted.Elements);
        Assert.True(offered.Is("features", Streams));
        Assert.NotNull(offered.Child("bind", Namespaces.Bind));
        Assert.NotNull(offered.Child("session", Namespaces.Session)!.Value.Child("optional", Namespaces.Session));

        // 5 and 6: a resource of the server's choice, and a session.
        var bound = Assert.Single((await client.SendAsync($"<iq xmlns='jabber:client' type='set' id='bind_1'><bind xmlns='{Namespaces.Bind}'/></iq>")).Elements);
        Assert.Equal("result", bound.Attribute("type"));
        var jid = bound.Child("bind", Namespaces.Bind)!.Value.Child("jid", Namespaces.Bind)!.Value.Text;
        Assert.StartsWith("alice@example.org/", jid, StringComparison.Ordinal);
        var session = Assert.Single((await client.SendAsync($"<iq xmlns='jabber:client' type='set' id='sess_1'><session xmlns='{Namespaces.Session}'/></iq>")).Elements);
        Assert.True(session.Is("iq", Namespaces.Client));
        Assert.Equal("result", session.Attribute("type"));
        Assert.Equal(jid, session.Attribute("to"));
    }

    [Fact]
    public async Task Whether_a_contact_is_there_is_told_to_those_who_may_know()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("alice@example.org", "bob@example.org");
        var bob = await server.LoginAsync("bob@example.org/phone");
        await bob.PresenceAsync();
        await bob.BarrierAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");

        // Last activity of the account, and of a given session.
        Assert.Equal("0", Seconds(await alice.IqAsync("get", "bob@example.org", "<query xmlns='jabber:iq:last'/>")));
        var asked = alice.IqAsync("get", "bob@example.org/phone", "<query xmlns='jabber:iq:last'/>");
        var question = await bob.ReceiveAsync(static element => element.LocalName == "iq" && element.Attribute("type") == "get");
        await bob.SendAsync($"<iq type='result' to='{question.Attribute("from")}' id='{question.Attribute("id")}'><query xmlns='jabber:iq:last' seconds='17'/></iq>");
        Assert.Equal("17", Seconds(await asked));

        // A presence probe of the account, and of a given session.
        foreach (var address in new[] { "bob@example.org", "bob@example.org/phone" })
        {
            var reply = await alice.SendAsync($"<presence xmlns='jabber:client' type='probe' to='{address}'/>").InTimeAsync();
            var presence = Assert.Single(reply.Elements);
            Assert.Equal(("presence", "bob@example.org/phone", null), (presence.LocalName, presence.Attribute("from"), presence.Attribute("type")));
        }

        // Gone: since when.
        await bob.DisposeAsync();
        server.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("10", Seconds(await alice.IqAsync("get", "bob@example.org", "<query xmlns='jabber:iq:last'/>")));
    }

    [Fact]
    public async Task Whether_somebody_is_there_is_not_told_to_strangers()
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/phone");
        await bob.PresenceAsync();
        await bob.BarrierAsync();
        var mallory = await server.LoginBoshAsync("mallory@example.org/web");
        List<string> answers = [];
        foreach (var address in new[] { "bob@example.org", "bob@example.org/phone", "nobody@example.org", "nobody@example.org/phone" })
        {
            var answer = await mallory.IqAsync("get", address, "<query xmlns='jabber:iq:last'/>");
            answers.Add(Encoding.UTF8.GetString(answer.Child("error", Namespaces.Client)!.Value.Raw.Span));
        }

        Assert.Single(answers.Distinct());

        // The bare JID's probe is answered as that of an account that does not exist.
        List<string?> types = [];
        foreach (var address in new[] { "bob@example.org", "nobody@example.org" })
        {
            var reply = await mallory.SendAsync($"<presence xmlns='jabber:client' type='probe' to='{address}'/><iq xmlns='jabber:client' type='get' id='b-{address}' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>")
                .InTimeAsync();
            types.Add(string.Join(',', reply.Elements.Select(static element => $"{element.LocalName}:{element.Attribute("type")}")));
        }

        Assert.Single(types.Distinct());
    }

    private static string? Seconds(Protocol.Xml.XmlElement answer) => answer.Child("query", "jabber:iq:last")?.Attribute("seconds");
}
