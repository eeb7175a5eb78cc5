using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>How streams end (RFC 6120 §4.4, §4.6).</summary>
public class ClosingTests
{
    private const string ToBob = "<message to='bob@example.org/b'><body>last words</body></message>";

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.StartTls)]
    [InlineData(Transport.DirectTls)]
    public async Task A_closing_tag_is_answered_with_ours(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/a", transport);
        var bob = await server.LoginAsync("bob@example.org/b");
        await alice.SendAsync(ToBob + "</stream:stream>");
        await alice.ExpectCloseAsync();
        Assert.Equal("last words", (await bob.MessageAsync()).Body());
    }

    private const string PeersError = "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";

    [Fact]
    public async Task A_stream_error_of_the_clients_is_answered_with_a_closing_tag_alone()
    {
        await using var server = await XmppTestServer.StartAsync();
        var bound = await server.LoginAsync("alice@example.org/a");
        var bob = await server.LoginAsync("bob@example.org/b");
        var unauthenticated = await server.OpenAsync();

        await unauthenticated.SendAsync(PeersError);
        await unauthenticated.ExpectCloseAsync();
        await bound.SendAsync(PeersError + ToBob);
        await bound.ExpectCloseAsync();
        await bob.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_header_that_closes_itself_is_a_whole_stream()
    {
        await using var server = await XmppTestServer.StartAsync();
        var client = await server.ConnectAsync();
        await client.SendAsync("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'/>");
        await client.ReceiveHeaderAsync();
        await client.ReceiveAsync();
        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task The_end_of_the_connection_is_a_closing_tag()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/a");
        alice.EndSending();
        await alice.ExpectCloseAsync();
    }

    [Fact]
    public async Task What_was_sent_before_the_end_of_the_connection_is_handled()
    {
        var gate = new Gate();
        await using var server = await XmppTestServer.StartAsync(build: b => b.Services.AddSingleton<IXmppModule>(gate));
        var alice = await server.LoginAsync("alice@example.org/a");
        var bob = await server.LoginAsync("bob@example.org/b");

        await alice.SendAsync("<message to='bob@example.org/b' id='hold'/>");
        await gate.Reached;
        await alice.SendAsync(ToBob);
        alice.EndSending();
        gate.Open();

        Assert.Equal("hold", (await bob.MessageAsync()).Attribute("id"));
        Assert.Equal("last words", (await bob.MessageAsync()).Body());
    }

    [Fact]
    public async Task Half_a_stanza_at_the_end_of_the_connection_is_nothing()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/a");
        var bob = await server.LoginAsync("bob@example.org/b");
        await alice.SendAsync(ToBob[..^1]);
        alice.EndSending();
        await alice.ExpectCloseAsync();
        await bob.ExpectNothingAsync();
    }

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.DirectTls)]
    public async Task A_cut_connection_frees_its_resource(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/a", transport);
        var bob = await server.LoginAsync("bob@example.org/b");
        await alice.DisposeAsync();

        var reply = await bob.IqAsync("get", "alice@example.org/a", "<x xmlns='urn:x'/>");
        reply.IsError("service-unavailable", "cancel");
    }

    [Fact]
    public async Task At_shutdown_every_stream_is_told()
    {
        await using var server = await XmppTestServer.StartAsync();
        TestClient[] clients =
        [
            await server.LoginAsync("alice@example.org/a"),
            await server.LoginAsync("bob@example.org/b", Transport.StartTls),
            await server.LoginAsync("carol@example.org/c", Transport.DirectTls),
            await server.OpenAsync(),
            await server.ConnectAsync(),
        ];

        await server.StopAsync();

        foreach (var client in clients)
        {
            await client.ExpectStreamErrorAsync("system-shutdown");
        }

        var late = await server.ConnectAsync();
        await late.ExpectStreamErrorAsync("system-shutdown");
    }

    [Fact]
    public async Task A_fault_ends_one_stream_and_no_other()
    {
        await using var server = await XmppTestServer.StartAsync(build: b => b.AddModule<Faulty>());
        var alice = await server.LoginAsync("alice@example.org/a");
        var bob = await server.LoginAsync("bob@example.org/b");
        await alice.SendAsync("<iq type='get' id='1' to='example.org'><fault xmlns='urn:parley:test'/></iq>");
        await alice.ExpectStreamErrorAsync("internal-server-error");
        await bob.ExpectNothingAsync();
        Assert.Contains("out of order", Assert.Single(server.Faults), StringComparison.Ordinal);
        server.Faults.Clear();
    }

    private sealed class Faulty : IXmppModule
    {
        public void Configure(ModuleBuilder module) => module.OnIqGet(
            new Parley.Protocol.Xml.XmlName("fault", "urn:parley:test"),
            EntityKind.Server,
            static (_, _) => throw new InvalidOperationException("out of order"));
    }
}
