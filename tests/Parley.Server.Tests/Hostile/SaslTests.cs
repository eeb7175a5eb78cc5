using System.Net;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Sasl;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>SASL as far as the stream is concerned (RFC 6120 §6); the mechanisms themselves are tested with the protocol.</summary>
public class SaslTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    public static TheoryData<Transport, string, string> Failures => Rows.OverEveryTransport(
        // Encoding and size.
        (Auth("PLAIN", "%%%"), "incorrect-encoding"),
        (Auth("PLAIN", "AG1hbGxvcnkAc2VjcmV0 "), "incorrect-encoding"),
        (Auth("PLAIN", "AG1hbGxv\ncnkAc2VjcmV0"), "incorrect-encoding"),
        (Auth("PLAIN", "AG1hbGxvcnkAc2VjcmV0="), "incorrect-encoding"),
        (Auth("PLAIN", "AG1hbGxvcnkAc2VjcmV"), "incorrect-encoding"),
        (Auth("PLAIN", "=="), "incorrect-encoding"),
        (Auth("PLAIN", "AG1hbGxvcnkAc2VjcmV0\u00C3\u00A9"), "incorrect-encoding"),
        (Auth("PLAIN", new string('A', 8000)), "malformed-request"),
        ($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'><x xmlns='urn:x'/></auth>", "malformed-request"),

        // Order.
        ($"<response xmlns='{Namespaces.Sasl}'/>", "malformed-request"),
        ($"<abort xmlns='{Namespaces.Sasl}'/>", "aborted"),

        // Mechanisms.
        ($"<auth xmlns='{Namespaces.Sasl}'>AG1hbGxvcnkAc2VjcmV0</auth>", "invalid-mechanism"),
        (Auth("", ""), "invalid-mechanism"),
        (Auth("plain", "AG1hbGxvcnkAc2VjcmV0"), "invalid-mechanism"),
        (Auth("EXTERNAL", "="), "invalid-mechanism"),
        (Auth("ANONYMOUS", "="), "invalid-mechanism"),
        (Auth("DIGEST-MD5", null), "invalid-mechanism"),
        (Auth("CRAM-MD5", null), "invalid-mechanism"),
        (Auth("GSSAPI", "="), "invalid-mechanism"),
        (Auth("SCRAM-SHA-3-512", "="), "invalid-mechanism"),

        // PLAIN.
        (Plain("\0mallory\0wrong"), "not-authorized"),
        (Plain("\0nobody\0secret"), "not-authorized"),
        (Plain("witness@example.org\0mallory\0secret"), "invalid-authzid"),
        (Plain("mallory@example.net\0mallory\0secret"), "invalid-authzid"),
        (Plain("mallory@example.org/m\0mallory\0secret"), "invalid-authzid"),
        (Plain("\0mallory"), "malformed-request"),
        (Plain("\0\0secret"), "malformed-request"),
        (Plain("\0mallory\0"), "malformed-request"),
        (Plain("\0mallory\0secret\0"), "malformed-request"),
        (Auth("PLAIN", "="), "malformed-request"),
        (Auth("PLAIN", Convert.ToBase64String([0, 0xFF, 0, 0xFF])), "malformed-request"),

        // SCRAM's first message.
        (Scram("n,a=witness@example.org,n=mallory,r=abc"), "invalid-authzid"),
        (Scram("n,,n=mallory,r="), "malformed-request"),
        (Scram("n,,n=mallory"), "malformed-request"),
        (Scram("n,,m=x,n=mallory,r=abc"), "malformed-request"),
        (Scram("x,,n=mallory,r=abc"), "malformed-request"),
        (Scram("p=tls-server-end-point,,n=mallory,r=abc"), "malformed-request"),
        (Scram("n,,n=mal=lory,r=abc"), "malformed-request"),
        (Scram(""), "malformed-request"));

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_bad_request_fails_as_the_RFC_says_and_a_good_one_may_follow(Transport transport, string input, string condition)
    {
        var client = await hostile.ReachAsync(Progress.Opened, transport);
        await client.SendAsync(Encoding.Latin1.GetBytes(input));
        var failure = await client.ReceiveAsync();
        Assert.True(failure.Is("failure", Namespaces.Sasl), failure.ToText());
        Assert.True(failure.Child(condition, Namespaces.Sasl) is not null, failure.ToText());

        await client.AuthenticateAsync("mallory", XmppTestServer.Password);
        await hostile.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "aborted")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>", "malformed-request")]
    [InlineData("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%</response>", "incorrect-encoding")]
    [InlineData("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "malformed-request")]
    public async Task An_exchange_under_way_is_given_up(string input, string condition)
    {
        var client = await hostile.ReachAsync(Progress.Opened, Transport.Plaintext);
        await client.SendAsync(Scram("n,,n=mallory,r=abc"));
        Assert.Equal("challenge", (await client.ReceiveAsync()).LocalName);
        await client.SendAsync(input);
        var failure = await client.ReceiveAsync();
        Assert.True(failure.Child(condition, Namespaces.Sasl) is not null, failure.ToText());

        // Nothing of it is left.
        await client.SendAsync($"<response xmlns='{Namespaces.Sasl}'>Yz1iaXdz</response>");
        Assert.NotNull((await client.ReceiveAsync()).Child("malformed-request", Namespaces.Sasl));
        await client.AuthenticateAsync("mallory", XmppTestServer.Password);
    }

    [Theory]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-512")]
    [InlineData("SCRAM-SHA-256-PLUS", Transport.StartTls)]
    [InlineData("SCRAM-SHA-1-PLUS", Transport.DirectTls)]
    public async Task Scram_authenticates(string mechanism, Transport transport = Transport.Plaintext)
    {
        var client = await hostile.ReachAsync(Progress.Opened, transport);
        Assert.True(await ScramAsync(client, mechanism, "secret", Bindings(transport)));
    }

    [Theory]
    [InlineData("SCRAM-SHA-256", "wrong", true)]
    [InlineData("SCRAM-SHA-256-PLUS", "secret", false)]
    public async Task Scram_with_a_wrong_password_or_another_channel_fails(string mechanism, string password, bool ownChannel)
    {
        var client = await hostile.ReachAsync(Progress.Opened, Transport.StartTls);
        var bindings = ownChannel ? Bindings(Transport.StartTls) : [new SaslChannelBinding("tls-server-end-point", new byte[32])];
        Assert.False(await ScramAsync(client, mechanism, password, bindings));
    }

    [Fact]
    public async Task Channel_binding_that_somebody_hid_is_noticed()
    {
        var client = await hostile.ReachAsync(Progress.Opened, Transport.StartTls);
        await client.SendAsync(Scram("y,,n=mallory,r=abc"));
        Assert.NotNull((await client.ReceiveAsync()).Child("not-authorized", Namespaces.Sasl));
    }

    [Fact]
    public async Task An_unknown_account_is_challenged_like_any_and_always_in_the_same_way()
    {
        var salts = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            var client = await hostile.ReachAsync(Progress.Opened, Transport.Plaintext);
            await client.SendAsync(Scram("n,,n=nobody,r=abc"));
            var challenge = Encoding.UTF8.GetString(Convert.FromBase64String((await client.ReceiveAsync()).Text));
            Assert.StartsWith("r=abc", challenge, StringComparison.Ordinal);
            salts.Add(challenge[challenge.IndexOf(",s=", StringComparison.Ordinal)..]);
        }

        Assert.Single(salts);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_account_get_the_same_bytes()
    {
        var answers = new HashSet<string>();
        foreach (var message in new[] { "\0mallory\0wrong", "\0nobody\0secret", "\0@@\0secret" })
        {
            var client = await hostile.ReachAsync(Progress.Opened, Transport.Plaintext);
            await client.SendAsync(Plain(message));
            answers.Add((await client.ReceiveAsync()).ToText());
        }

        Assert.Single(answers);
    }

    [Fact]
    public async Task After_three_failures_the_stream_ends_and_the_account_is_not_locked()
    {
        var client = await hostile.ReachAsync(Progress.Opened, Transport.StartTls);
        await client.SendAsync(Plain("\0mallory\0wrong") + Plain("\0mallory\0wrong") + Plain("\0mallory\0wrong") + Plain("\0mallory\0secret"));
        for (var i = 0; i < 3; i++)
        {
            Assert.NotNull((await client.ReceiveAsync()).Child("not-authorized", Namespaces.Sasl));
        }

        await client.ExpectStreamErrorAsync("policy-violation");
        await hostile.ReachAsync(Progress.Bound, Transport.StartTls);
    }

    [Fact]
    public async Task Failures_do_not_start_anew_under_TLS()
    {
        var client = await hostile.ReachAsync(Progress.Opened, Transport.Plaintext);
        await client.SendAsync(Plain("\0mallory\0wrong") + Plain("\0mallory\0wrong"));
        await client.ReceiveAsync();
        await client.ReceiveAsync();
        await client.StartTlsAsync();
        await client.OpenAsync();
        await client.SendAsync(Plain("\0mallory\0wrong"));
        await client.ReceiveAsync();
        await client.ExpectStreamErrorAsync("policy-violation");
    }

    [Fact]
    public async Task Guessing_gets_slower_for_one_address_and_for_no_other()
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.RateLimits = true;
            options.MaxAuthenticationFailures = 100;
        });
        await server.CreateAccountAsync("alice@example.org");
        var guesser = IPAddress.Parse("192.0.2.1");
        var first = await server.OpenAsync(from: guesser);
        await first.SendAsync(string.Concat(Enumerable.Repeat(Plain("\0alice\0wrong"), 10)));
        for (var i = 0; i < 10; i++)
        {
            await first.ReceiveAsync();
        }

        // The eleventh waits a second, the next two, and so on up to eight.
        var second = await server.OpenAsync(from: guesser);
        foreach (var seconds in new[] { 1, 2, 4, 8, 8 })
        {
            await second.SendAsync(Plain("\0alice\0wrong"));
            await server.Time.WhenDelayedAsync();
            server.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.True(server.Time.IsDelaying);
            server.Time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.NotNull((await second.ReceiveAsync()).Child("not-authorized", Namespaces.Sasl));
        }

        // Another address is answered at once, and the right password is at no address delayed.
        var other = await server.OpenAsync(from: IPAddress.Parse("192.0.2.2"));
        await other.SendAsync(Plain("\0alice\0wrong"));
        await other.ReceiveAsync();
        await second.AuthenticateAsync("alice", XmppTestServer.Password);
    }

    [Fact]
    public async Task What_is_offered_is_what_the_options_name()
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.SaslMechanisms.Clear();
            options.SaslMechanisms.Add(SaslMechanismNames.ScramSha1);
        });
        await server.CreateAccountAsync("alice@example.org");
        var client = await server.OpenAsync(Transport.StartTls);
        var offered = client.Features.Child("mechanisms", Namespaces.Sasl)!.Value;
        Assert.Equal(1, offered.ChildCount);
        Assert.Equal("SCRAM-SHA-1", offered.Child("mechanism", Namespaces.Sasl)?.Text);
        await client.SendAsync(Plain("\0alice\0secret"));
        Assert.NotNull((await client.ReceiveAsync()).Child("invalid-mechanism", Namespaces.Sasl));
    }

    private static string Auth(string mechanism, string? text) => $"<auth xmlns='{Namespaces.Sasl}' mechanism='{mechanism}'>{text}</auth>";

    private static string Plain(string message) => Auth("PLAIN", Convert.ToBase64String(Encoding.UTF8.GetBytes(message)));

    private static string Scram(string message) => Auth("SCRAM-SHA-256", SaslEncoding.EncodeInitial(Encoding.UTF8.GetBytes(message)));

    private SaslChannelBinding[] Bindings(Transport transport) =>
        transport == Transport.Plaintext ? [] : [TlsChannelBindings.ServerEndPoint(hostile.Server.Certificate.Certificate)!];

    private static async Task<bool> ScramAsync(TestClient client, string mechanism, string password, SaslChannelBinding[] bindings)
    {
        var scram = new SaslClientMechanisms(new SaslClientContext
        {
            Domain = "example.org",
            Username = "mallory",
            Password = password,
            Mechanisms = [mechanism],
            IsEncrypted = true,
            ChannelBindings = bindings,
        }).Select([mechanism])!;
        await client.SendAsync(Auth(mechanism, SaslEncoding.EncodeInitial(scram.Initial())));
        var challenge = await client.ReceiveAsync();
        Assert.Equal("challenge", challenge.LocalName);
        var response = scram.Step(SaslEncoding.Decode(Encoding.UTF8.GetBytes(challenge.Text)));
        await client.SendAsync($"<response xmlns='{Namespaces.Sasl}'>{SaslEncoding.Encode(response)}</response>");
        var outcome = await client.ReceiveAsync();
        if (!outcome.Is("success", Namespaces.Sasl))
        {
            Assert.True(outcome.Child("not-authorized", Namespaces.Sasl) is not null, outcome.ToText());
            return false;
        }

        Assert.True(scram.Verify(SaslEncoding.DecodeInitial(Encoding.UTF8.GetBytes(outcome.Text))));
        await client.OpenAsync();
        return true;
    }
}
