using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Muc;

/// <summary>A room with people in it, in which an example is played: what somebody sends, and all that comes of it to everybody.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly List<TestClient> _clients = [];

    private Scene(XmppTestServer server) => Server = server;

    internal XmppTestServer Server { get; }

    /// <summary>The client of a full JID, or the only one of a bare one.</summary>
    internal TestClient this[string jid] => _clients.Single(client => client.Jid == jid || client.BareJid == jid);

    /// <summary>The coven as §4.3 has it: crone1 owns it, wiccarocks is admin, hag66 is member; semi-anonymous, and not logged, unless fields say otherwise.</summary>
    internal static Task<Scene> CovenAsync(params string[] fields) => StartAsync(
        "coven", ["crone1@example.org/desktop firstwitch owner", "wiccarocks@example.org/laptop secondwitch admin", "hag66@example.org/pda thirdwitch member"], fields);

    /// <summary>A persistent room, and people.</summary>
    /// <param name="room">The room, without its domain.</param>
    /// <param name="people">Each as full JID, nickname and affiliation; <c>-</c> as nickname for who is not in the room, no affiliation for none.</param>
    /// <param name="fields">Fields of the room's configuration.</param>
    /// <param name="options">Changes options of the service.</param>
    internal static async Task<Scene> StartAsync(string room, string[] people, string[]? fields = null, Action<MucOptions>? options = null)
    {
        var scene = await EmptyAsync(options);
        var address = $"{room}@{RoomClient.Service}";
        var parsed = people.Select(static person => person.Split(' ')).ToList();
        await scene.Server.StoreAsync(address, parsed.Where(static person => person.Length > 2).Select(Member), WithoutLog(fields ?? []));
        foreach (var person in parsed)
        {
            var client = await scene.LoginAsync(person[0]);
            if (person[1] != "-")
            {
                await client.EnterAsync($"{address}/{person[1]}", Password(fields));
            }
        }

        await scene.ForgetAsync();
        return scene;
    }

    /// <summary>A server with nobody there, and no room.</summary>
    internal static async Task<Scene> EmptyAsync(Action<MucOptions>? options = null) =>
        new(await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(muc => options?.Invoke(muc))));

    /// <summary>Logs somebody in who has a part.</summary>
    /// <param name="jid">The full JID.</param>
    /// <param name="isAvailable">Whether messages to the bare JID reach the client.</param>
    internal async Task<TestClient> LoginAsync(string jid, bool isAvailable = false)
    {
        var client = await Server.LoginAsync(jid);
        _clients.Add(client);
        if (isAvailable)
        {
            await client.PresenceAsync();
            await client.ReceiveAllAsync();
        }

        return client;
    }

    /// <summary>Sends stanzas, each as the client that is its <c>from</c>, and waits until they have been handled.</summary>
    internal async Task SendAsync(string stanzas)
    {
        foreach (var stanza in Parse(stanzas))
        {
            var sender = this[stanza.Attribute("from") ?? throw new ArgumentException("Who sends it?", nameof(stanzas))];
            await sender.SendAsync(stanza.ToStandaloneBytes(Protocol.Namespaces.Client));
            await sender.BarrierAsync();
        }
    }

    /// <summary>These stanzas have come, in their order at each client, and no others to anybody. A <c>to</c> of several addresses stands for one stanza to each.</summary>
    internal async Task ExpectAsync(string stanzas)
    {
        await ExpectNextAsync(stanzas);
        await ExpectNothingAsync();
    }

    /// <summary>These stanzas have come; what comes behind them is not looked at.</summary>
    internal async Task ExpectNextAsync(string stanzas)
    {
        foreach (var expected in Parse(stanzas))
        {
            foreach (var to in expected.Attribute("to")!.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                await ExpectAsync(this[to], expected, to);
            }
        }
    }

    /// <summary>Nothing has come to anybody.</summary>
    internal async Task ExpectNothingAsync()
    {
        var clients = _clients.ToArray();
        foreach (var client in clients)
        {
            await client.ExpectNothingAsync(clients);
        }
    }

    /// <summary>What came so far is of no interest.</summary>
    internal async Task ForgetAsync()
    {
        foreach (var client in _clients)
        {
            await client.BarrierAsync();
        }

        foreach (var client in _clients)
        {
            await client.ReceiveAllAsync();
        }
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static async Task ExpectAsync(TestClient client, XmlElement expected, string to)
    {
        var actual = await client.ReceiveAsync();
        if (StanzaLikeness.Difference(expected, actual, to) is { } difference)
        {
            Assert.Fail(client.Describe($"{difference}.\nExpected: {expected.ToText()}\nReceived: {actual.ToText()}\n"));
        }
    }

    private static List<XmlElement> Parse(string stanzas)
    {
        var all = new List<XmlElement>();
        foreach (var stanza in XmlElement.Parse(Encoding.UTF8.GetBytes($"<all xmlns='{Protocol.Namespaces.Client}'>{stanzas}</all>")).Children)
        {
            all.Add(stanza);
        }

        return all;
    }

    private static RoomMember Member(string[] person) =>
        RoomClient.Member(person[0][..person[0].IndexOf('/', StringComparison.Ordinal)], Enum.Parse<MucAffiliation>(person[2], true));

    private static string[] WithoutLog(string[] fields) =>
        Array.Exists(fields, static field => field.StartsWith("muc#roomconfig_enablelogging=", StringComparison.Ordinal)) ? fields : ["muc#roomconfig_enablelogging=0", .. fields];

    private static string Password(string[]? fields)
    {
        const string secret = "muc#roomconfig_roomsecret=";
        return fields?.FirstOrDefault(static field => field.StartsWith(secret, StringComparison.Ordinal)) is { } field ? $"<password>{field[secret.Length..]}</password>" : "";
    }
}
