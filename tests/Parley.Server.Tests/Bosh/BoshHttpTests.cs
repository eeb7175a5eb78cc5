using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol;
using Parley.Server.Connections.Bosh;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Bosh;

/// <summary>What HTTP has to do with it: methods, types, origins, compression, TLS, old clients (XEP-0124 §5, §7, §17.1, §19).</summary>
public sealed class BoshHttpTests
{
    private static readonly IPAddress Far = IPAddress.Parse("192.0.2.1");

    [Fact]
    public async Task A_browser_is_told_what_this_is()
    {
        await using var server = await XmppTestServer.StartAsync();
        var page = await server.Bosh().RequestAsync("GET");
        Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.ContentType));
        Assert.Contains("BOSH", page.Text, StringComparison.Ordinal);
        Assert.Equal(405, (await server.Bosh().RequestAsync("PUT")).Status);
    }

    [Theory]
    [InlineData("http://example.org", true)]
    [InlineData("https://chat.example.net", true)]
    [InlineData("https://evil.example", false)]
    [InlineData("https://chat.example.net.evil.example", false)]
    [InlineData("null", false)]
    public async Task Only_pages_of_allowed_origins_may(string origin, bool isAllowed)
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder =>
            builder.Services.Configure<WebOptions>(static web => web.AllowedOrigins.Add("https://chat.example.net")));
        var client = server.Bosh();
        client.Headers["Origin"] = origin;
        var preflight = await client.RequestAsync("OPTIONS");
        Assert.Equal(isAllowed ? 204 : 403, preflight.Status);
        Assert.Equal(isAllowed ? origin : null, preflight.Headers.GetValueOrDefault("Access-Control-Allow-Origin"));
        var created = await client.PostAsync($"<body rid='1' to='example.org' ver='1.6' xmlns='{BoshClient.Namespace}'/>");
        Assert.Equal(isAllowed ? 200 : 403, created.Status);
        Assert.Equal(!isAllowed, created.Text.Contains("Web:AllowedOrigins", StringComparison.Ordinal));
        Assert.Equal(isAllowed ? origin : null, created.Headers.GetValueOrDefault("Access-Control-Allow-Origin"));
        Assert.Equal(isAllowed ? 1 : 0, server.Get<BoshSessions>().Count);
    }

    [Fact]
    public async Task Answers_have_the_type_that_the_client_wants_and_never_run()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh();
        var created = await client.CreateAsync("to='example.org' content='text/html; charset=utf-8' ver='1.6'");
        Assert.Equal("text/html; charset=utf-8", created.ContentType);
        var next = await client.SendAsync("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='X'/>").InTimeAsync();
        Assert.Equal("text/html; charset=utf-8", next.ContentType);
        Assert.All([created, next], static reply =>
        {
            Assert.Equal("nosniff", reply.Headers["X-Content-Type-Options"]);
            Assert.StartsWith("default-src 'none'; sandbox", reply.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.Equal("no-store", reply.Headers["Cache-Control"]);
        });
    }

    [Theory]
    [InlineData("text/html&#10;X: y")]
    [InlineData("nonsense")]
    public async Task A_type_that_is_none_is_a_bad_request(string content)
    {
        await using var server = await XmppTestServer.StartAsync();
        var reply = await server.Bosh().CreateAsync($"to='example.org' content='{content}' ver='1.6'");
        reply.IsTerminal("bad-request");
        Assert.Equal("text/xml; charset=utf-8", reply.ContentType);
    }

    [Theory]
    [InlineData("gzip, deflate", true)]
    [InlineData("br;q=1.0, *;q=0.5", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("identity", false)]
    public async Task Large_answers_are_compressed_for_clients_that_are_authenticated(string accepted, bool isCompressed)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = server.Bosh();
        await server.CreateAccountAsync("alice@example.org");
        alice.Headers["Accept-Encoding"] = accepted;
        var created = await alice.CreateAsync();
        Assert.DoesNotContain("Content-Encoding", created.Headers.Keys);
        alice.Headers.Clear();
        await alice.LoginAsync("alice", XmppTestServer.Password, "web");
        alice.Headers["Accept-Encoding"] = accepted;
        var bob = await server.LoginAsync("bob@example.org/phone");
        var held = alice.SendAsync();
        var text = new string('x', 2000);
        await bob.SendAsync($"<message to='alice@example.org/web'><body>{text}</body></message>");
        var reply = await held.InTimeAsync();
        Assert.Equal(isCompressed ? "gzip" : null, reply.Headers.GetValueOrDefault("Content-Encoding"));
        var plain = isCompressed ? Inflate(reply.Bytes) : reply.Text;
        Assert.Contains(text, plain, StringComparison.Ordinal);

        // The same again, however it is sent.
        alice.Headers.Clear();
        Assert.Equal(plain, (await alice.PostAsync(alice.Document(alice.Rid))).Text);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Requests_may_be_compressed(string encoding)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        Assert.Equal("gzip,deflate", alice.Replies[0].Attribute("accept"));
        alice.Headers["Content-Encoding"] = encoding;
        var document = alice.Document(++alice.Rid, "<iq xmlns='jabber:client' type='get' id='p' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
        var reply = await alice.PostAsync(Deflate(Encoding.UTF8.GetBytes(document), encoding)).InTimeAsync();
        Assert.Equal("p", Assert.Single(reply.Elements).Attribute("id"));
    }

    [Fact]
    public async Task A_bomb_is_counted_after_it_is_inflated()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginBoshAsync("alice@example.org/web");
        alice.Headers["Content-Encoding"] = "gzip";
        var document = alice.Document(++alice.Rid, $"<message><body>{new string(' ', 64 * 1024 * 1024)}</body></message>");
        var bomb = Deflate(Encoding.UTF8.GetBytes(document), "gzip");
        document = "";
        var before = GC.GetTotalAllocatedBytes();
        (await alice.PostAsync(bomb).InTimeAsync()).IsTerminal("policy-violation");
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 8 * 1024 * 1024);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip, gzip")]
    [InlineData("gzip")]
    public async Task What_cannot_be_inflated_is_a_bad_request(string encoding)
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh();
        client.Headers["Content-Encoding"] = encoding;
        (await client.PostAsync("this is nothing of the kind")).IsTerminal("bad-request");
    }

    [Fact]
    public async Task Where_TLS_is_required_a_session_has_to_be_secure()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.AllowInsecure = false);
        (await server.Bosh(Far).CreateAsync()).IsTerminal("policy-violation");
        Assert.Equal(0, server.Get<BoshSessions>().Count);
        Assert.Equal("true", (await server.Bosh(Far, isHttps: true).CreateAsync()).Attribute("secure"));
        Assert.Equal("true", (await server.Bosh().CreateAsync()).Attribute("secure"));
    }

    [Fact]
    public async Task A_secure_session_does_not_take_requests_that_are_not_nor_suffer_for_them()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh(Far, isHttps: true);
        await client.CreateAsync();
        var other = new BoshClient(server.Get<BoshEndpoint>()) { Address = Far, Sid = client.Sid, Rid = client.Rid };
        Assert.True((await other.SendAsync()).IsAborted);
        Assert.Single((await client.SendAsync("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='X'/>").InTimeAsync()).Elements);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("Host", "localhost:5280", true)]
    [InlineData("Host", "evil.example:5280", false)]
    [InlineData("X-Forwarded-For", "192.0.2.1", false)]
    [InlineData("X-Forwarded-For", "127.0.0.1", false)]
    public async Task What_is_for_this_machine_is_not_for_others_that_come_through_it(string header, string value, bool isFromHere)
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.Registration = RegistrationPolicy.Loopback);
        var client = server.Bosh(isHttps: true);
        if (header.Length > 0)
        {
            client.Headers[header] = value;
        }

        var features = Assert.Single((await client.CreateAsync()).Elements);

        Assert.Equal(isFromHere, features.Child("register", "http://jabber.org/features/iq-register") is not null);
    }

    [Fact]
    public async Task Requests_of_a_session_may_come_from_other_addresses()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh(Far);
        Assert.Null((await client.CreateAsync()).Attribute("secure"));
        var moved = new BoshClient(server.Get<BoshEndpoint>()) { Address = IPAddress.Parse("198.51.100.7"), Sid = client.Sid, Rid = client.Rid };
        Assert.Single((await moved.SendAsync("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='X'/>").InTimeAsync()).Elements);
    }

    [Fact]
    public async Task An_old_client_is_told_by_status()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh();
        await client.CreateAsync("to='example.org' wait='60' hold='1'");
        client.Rid += 100;
        var reply = await client.SendAsync();
        Assert.Equal((404, 0), (reply.Status, reply.Bytes.Length));
        Assert.Equal(400, (await server.Bosh().CreateAsync("to='example.org' wait='soon'")).Status);
    }

    [Fact]
    public async Task Sessions_count_as_connections()
    {
        await using var server = await XmppTestServer.StartAsync(static options => options.MaxConnectionsPerAddress = 2);
        var first = server.Bosh(Far);
        await first.CreateAsync();
        await server.Bosh(Far).CreateAsync();
        (await server.Bosh(Far).CreateAsync()).IsTerminal("policy-violation");
        await server.Bosh(IPAddress.Parse("198.51.100.7")).CreateAsync();
        Assert.Equal(3, server.Get<BoshSessions>().Count);
    }

    [Fact]
    public async Task There_are_only_so_many_sessions()
    {
        await using var server = await XmppTestServer.StartAsync(build: static builder => builder.Services.Configure<BoshOptions>(static bosh => bosh.MaxSessions = 1));
        await server.Bosh().CreateAsync();
        (await server.Bosh().CreateAsync()).IsStreamError("resource-constraint");
    }

    [Fact]
    public async Task One_address_may_begin_only_so_many_sessions_without_authenticating()
    {
        await using var server = await XmppTestServer.StartAsync(
            build: static builder => builder.Services.Configure<BoshOptions>(static bosh => bosh.MaxUnauthenticatedPerAddress = 2));
        await server.CreateAccountAsync("alice@example.org");
        var one = IPAddress.Parse("2001:db8::1");
        var clients = new[] { server.Bosh(one), server.Bosh(IPAddress.Parse("2001:db8::2")) };
        foreach (var client in clients)
        {
            Assert.NotNull((await client.CreateAsync()).Attribute("sid"));
        }

        (await server.Bosh(one).CreateAsync()).IsStreamError("resource-constraint");
        Assert.NotNull((await server.Bosh(IPAddress.Parse("2001:db8:0:1::1")).CreateAsync()).Attribute("sid"));

        // Both who is authenticated and who is gone make room.
        await clients[0].LoginAsync("alice", "secret");
        await clients[1].SendAsync(attributes: "type='terminate'").WaitAsync(TestClient.Patience);
        while (server.Get<BoshSessions>().Count > 2)
        {
            await Task.Yield();
        }

        Assert.NotNull((await server.Bosh(one).CreateAsync()).Attribute("sid"));
        Assert.NotNull((await server.Bosh(one).CreateAsync()).Attribute("sid"));
        (await server.Bosh(one).CreateAsync()).IsStreamError("resource-constraint");
        await clients[0].SendAsync(attributes: "type='terminate'").WaitAsync(TestClient.Patience);
        (await server.Bosh(one).CreateAsync()).IsStreamError("resource-constraint");
    }

    [Fact]
    public async Task A_session_that_is_not_used_for_anything_ends()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = server.Bosh();
        await client.CreateAsync();
        server.Time.Advance(TimeSpan.FromSeconds(29));
        _ = client.SendAsync();
        server.Time.Advance(TimeSpan.FromSeconds(29));
        var held = client.SendAsync();
        server.Time.Advance(TimeSpan.FromSeconds(2));
        (await held.InTimeAsync()).IsStreamError("connection-timeout");
    }

    private static byte[] Deflate(byte[] bytes, string encoding)
    {
        var output = new MemoryStream();
        using (Stream stream = encoding == "gzip" ? new GZipStream(output, CompressionLevel.Fastest) : new ZLibStream(output, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return output.ToArray();
    }

    private static string Inflate(byte[] bytes)
    {
        using var stream = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
