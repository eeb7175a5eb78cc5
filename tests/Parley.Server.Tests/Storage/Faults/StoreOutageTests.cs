using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Tests.Archive;
using Parley.Server.Tests.Streams;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Storage.Faults;

/// <summary>A store that is away for a while: what clients see of it, and the log.</summary>
public sealed class StoreOutageTests : IDisposable
{
    private const int Always = int.MaxValue;
    private readonly FaultyBackend _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task An_authentication_fails_for_a_while_and_its_stream_goes_on()
    {
        await using XmppTestServer server = await _store.StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        TestClient alice = await server.OpenAsync();
        Fail();
        await alice.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>");
        Assert.True((await alice.ReceiveAsync()).Child("temporary-auth-failure", Namespaces.Sasl) is not null);

        Recover();
        await alice.AuthenticateAsync("alice", XmppTestServer.Password);
    }

    [Fact]
    public async Task A_registration_is_refused_and_its_stream_goes_on()
    {
        await using XmppTestServer server = await _store.StartAsync(static options => options.Registration = RegistrationPolicy.Open);
        TestClient alice = await server.OpenAsync();
        const string Register = "<iq type='set' id='r1'><query xmlns='jabber:iq:register'><username>alice</username><password>secret</password></query></iq>";
        Fail();
        await alice.SendAsync(Register);
        (await alice.ReceiveAsync()).IsError("resource-constraint", "wait");

        Recover();
        await alice.SendAsync(Register);
        Assert.Equal("result", (await alice.ReceiveAsync()).Attribute("type"));
    }

    [Fact]
    public async Task Directed_presence_is_refused_and_its_stream_goes_on()
    {
        await using XmppTestServer server = await _store.StartAsync();
        TestClient alice = await server.LoginAsync("alice@example.org/desk");
        TestClient bob = await server.LoginAsync("bob@example.org/phone");
        Fail();
        await alice.SendAsync("<presence id='p1' to='bob@example.org/phone'/>");
        (await alice.ReceiveAsync()).IsError("resource-constraint", "wait");

        Recover();
        await alice.SendAsync("<presence id='p2' to='bob@example.org/phone'/>");
        Assert.Equal("p2", (await bob.ReceiveAsync()).Attribute("id"));
    }

    [Fact]
    public async Task Initial_presence_that_was_refused_is_initial_the_next_time()
    {
        await using XmppTestServer server = await _store.StartAsync();
        TestClient alice = await server.LoginAsync("alice@example.org/desk");
        TestClient bob = await server.LoginAsync("bob@example.org/phone");
        await bob.PresenceAsync();
        await alice.SendAsync("<presence type='subscribe' to='bob@example.org'/>");
        await alice.BarrierAsync();
        await bob.SendAsync("<presence type='subscribed' to='alice@example.org'/>");
        await bob.BarrierAsync();

        // The roster is in memory again, and the block list is not yet.
        await alice.ReceiveAllAsync();
        foreach (IStorageCache cache in server.Services.GetServices<IStorageCache>())
            cache.Forget();
        await alice.IqAsync("get", null, "<query xmlns='jabber:iq:roster'/>");
        Fail();
        await alice.SendAsync("<presence id='p1'/>");
        (await alice.ReceiveAsync()).IsError("resource-constraint", "wait");

        Recover();
        await alice.SendAsync("<presence id='p2'/>");
        IReadOnlyList<XmlElement> seen = await alice.ReceiveAllAsync();
        Assert.Contains(seen, static element => element.Attribute("from") == "bob@example.org/phone" && element.Attribute("type") is null);
    }

    [Fact]
    public async Task The_first_login_of_a_server_meets_every_fault()
    {
        int n = 0;
        bool failed;
        do
        {
            using var store = new FaultyBackend();
            await using XmppTestServer server = await store.StartAsync();
            await server.CreateAccountAsync("alice@example.org");
            store.Plan.Arm(FaultKind.ConnectionLost, ++n, n);
            FaultClient alice = await FaultClient.LoginAsync(server, "alice", "desk");
            await alice.IqAsync("get", null, "<query xmlns='jabber:iq:roster'/>");
            await alice.PresenceAsync();
            await alice.CloseAsync();
            failed = store.Plan.Failed > 0;
            store.Plan.Disarm();
            Recover();
        }
        while (failed);

        Assert.True(n > 8, $"Only {n} operations were met.");
    }

    [Fact]
    public async Task Stored_messages_are_delivered_when_the_store_is_back()
    {
        await using XmppTestServer server = await _store.StartAsync();
        TestClient alice = await server.LoginAsync("alice@example.org/desk");
        TestClient bob = await server.LoginAsync("bob@example.org/phone");
        await alice.SayAsync("bob@example.org", "one", "two");
        await bob.PresenceAsync(-1);
        await bob.BarrierAsync();

        Fail();
        await bob.PresenceAsync();
        await server.Time.WhenDelayedAsync();
        server.Time.Advance(TimeSpan.FromSeconds(5));
        await server.Time.WhenDelayedAsync();

        Recover();
        server.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("one", (await bob.MessageAsync()).Body());
        Assert.Equal("two", (await bob.MessageAsync()).Body());
    }

    [Fact]
    public async Task Messages_that_were_taken_while_the_store_fails_do_not_come_again()
    {
        await using XmppTestServer server = await _store.StartAsync();
        TestClient alice = await server.LoginAsync("alice@example.org/desk");
        TestClient bob = await server.LoginAsync("bob@example.org/phone");
        await alice.SayAsync("bob@example.org", "one");
        string id = await bob.ManageAsync();
        Assert.NotEmpty(id);
        await bob.PresenceAsync();
        Assert.Equal("one", (await bob.MessageAsync()).Body());

        // Its own presence and the message: only now are they forgotten.
        Fail();
        await bob.SendAsync($"<a xmlns='{ManagedClient.Namespace}' h='2'/>");
        await server.Time.WhenDelayedAsync();

        Recover();
        server.Time.Advance(TimeSpan.FromSeconds(5));
        await alice.SayAsync("bob@example.org", "two");
        Assert.Equal("two", (await bob.MessageAsync()).Body());
    }

    [Fact]
    public async Task A_block_that_was_kept_unheard_counts()
    {
        await using XmppTestServer server = await _store.StartAsync();
        TestClient alice = await server.LoginAsync("alice@example.org/desk");
        Assert.DoesNotContain("troll", (await alice.IqAsync("get", null, "<blocklist xmlns='urn:xmpp:blocking'/>")).ToText(), StringComparison.Ordinal);
        _store.Plan.Arm(FaultKind.CommittedUnheard, 1, Always);
        (await alice.IqAsync("set", null, "<block xmlns='urn:xmpp:blocking'><item jid='troll@example.org'/></block>")).IsError("resource-constraint", "wait");

        Recover();
        Assert.Contains("troll", (await alice.IqAsync("get", null, "<blocklist xmlns='urn:xmpp:blocking'/>")).ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_tells_of_it_once_and_when_it_is_over()
    {
        await using XmppTestServer server = await _store.StartAsync();
        TestClient alice = await server.LoginAsync("alice@example.org/desk");
        TestClient bob = await server.LoginAsync("bob@example.org/phone");
        await alice.SayAsync("bob@example.org/phone", "before");
        Fail();
        for (int i = 0; i < 20; i++)
        {
            await alice.SendAsync($"<message to='bob@example.org/phone' type='chat'><body>{i}</body></message>");
            (await alice.MessageAsync()).IsError("resource-constraint", "wait");
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await bob.DisposeAsync();
        Assert.Equal("The database cannot be written (The test has the database fail.); clients are told to try again later, and nothing more is logged until it is back", Assert.Single(_store.Log.Lines));
        Recover();
        await alice.SayAsync("bob@example.org", "after");
        Assert.Matches(@"^The database can be written again, after [0-9.,]+ seconds and [0-9]+ failures$", _store.Log.Lines.Last());
        Assert.Equal(2, _store.Log.Lines.Count);
    }

    private void Fail() => _store.Plan.Arm(FaultKind.Refused, 1, Always);

    private void Recover() => _store.Plan.Disarm();
}
