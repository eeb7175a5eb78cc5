using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;
using Parley.Server.Storage;
using Parley.Server.Tests.Archive;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Storage.Faults;

/// <summary>Two accounts, one with two resources, and what clients do in a day, over a store that may fail at any time.</summary>
internal sealed class FaultScenario(XmppTestServer server, string one, string other)
{
    private const string Roster = "jabber:iq:roster";
    private readonly List<FaultClient> _clients = [];
    private readonly List<(string Id, string From, string To)> _said = [];

    private string One => $"{one}@example.org";

    private string Other => $"{other}@example.org";

    /// <summary>How often something was refused.</summary>
    public int Refusals => _clients.Sum(static client => client.Refusals);

    /// <summary>All of it; every refusal is answered with another try.</summary>
    public async Task RunAsync()
    {
        FaultClient desk = await LoginAsync(one, "desk");
        await desk.IqAsync("get", null, $"<query xmlns='{Roster}'/>");
        await desk.IqAsync("set", null, "<enable xmlns='urn:xmpp:carbons:2'/>");
        await desk.PresenceAsync();
        FaultClient phone = await LoginAsync(one, "phone");
        await phone.IqAsync("set", null, "<enable xmlns='urn:xmpp:carbons:2'/>");
        await phone.PresenceAsync();

        await desk.IqAsync("set", null, $"<query xmlns='{Roster}'><item jid='{Other}' name='{other}'/></query>");
        await desk.IqAsync("set", null, "<block xmlns='urn:xmpp:blocking'><item jid='troll@example.org'/></block>");
        await desk.IqAsync("get", null, "<blocklist xmlns='urn:xmpp:blocking'/>");
        await desk.IqAsync("set", null, "<query xmlns='jabber:iq:private'><note xmlns='urn:test:note'>milk</note></query>");
        await desk.IqAsync("get", null, "<query xmlns='jabber:iq:private'><note xmlns='urn:test:note'/></query>");
        await desk.IqAsync("set", null, "<prefs xmlns='urn:xmpp:mam:2' default='always'><always/><never><jid>troll@example.org</jid></never></prefs>");
        await desk.IqAsync("get", null, "<prefs xmlns='urn:xmpp:mam:2'/>");
        await desk.PresenceAsync($"type='subscribe' to='{Other}'");

        await SayAsync(desk, Other, "offline 1");
        await SayAsync(phone, Other, "offline 2");
        await SayAsync(desk, $"{Other}/gone", "nobody there");

        FaultClient away = await LoginAsync(other, "desk");
        await away.IqAsync("get", null, $"<query xmlns='{Roster}'/>");
        await away.PresenceAsync();
        await SayAsync(desk, $"{Other}/desk", "live");
        await away.HearAsync("live");
        await away.PresenceAsync($"type='subscribed' to='{One}'");
        await away.PresenceAsync("type='subscribe' to='" + One + "'");
        await desk.PresenceAsync($"type='subscribed' to='{Other}'");
        await SayAsync(away, One, "to both");
        await desk.HearAsync("to both");
        await SayAsync(away, $"{One}/phone", "to one");
        server.Time.Advance(TimeSpan.FromSeconds(1));

        await desk.IqAsync("set", null, ArchiveClient.Query());
        await away.IqAsync("set", null, ArchiveClient.Query(ArchiveClient.Form($"with={One}")));
        await desk.IqAsync("get", null, "<metadata xmlns='urn:xmpp:mam:2'/>");
        await phone.CloseAsync();
        await desk.IqAsync("set", null, "<unblock xmlns='urn:xmpp:blocking'><item jid='troll@example.org'/></unblock>");
    }

    /// <summary>With the store well again: what was acknowledged is where it belongs.</summary>
    public async Task CheckAsync()
    {
        foreach (FaultClient client in _clients.Where(client => !client.IsClosed))
            await client.CloseAsync();

        string[] ofOne = await ArchiveAsync(one);
        string[] ofOther = await ArchiveAsync(other);
        string[] kept = [.. await OfflineAsync(One), .. await OfflineAsync(Other)];
        foreach (var (id, from, to) in _said.Where(said => !_clients.Exists(client => client.WasRefused(said.Id))))
        {
            Assert.Contains(ofOne, message => message.Contains(id, StringComparison.Ordinal));
            Assert.Contains(ofOther, message => message.Contains(id, StringComparison.Ordinal));
            Assert.True(
                kept.Any(message => message.Contains(id, StringComparison.Ordinal)) || _clients.Exists(client => client.Jid.StartsWith(to, StringComparison.Ordinal) && client.HasReceived(id)),
                $"{id} from {from} was acknowledged, and is lost to {to}.");
        }
    }

    /// <summary>Both see the other's presence in their rosters, as they were told.</summary>
    public async Task CheckSubscriptionsAsync()
    {
        Assert.Equal("both", await SubscriptionAsync(one, Other));
        Assert.Equal("both", await SubscriptionAsync(other, One));
    }

    private async Task<string?> SubscriptionAsync(string user, string contact)
    {
        TestClient client = await server.LoginAsync($"{user}@example.org/check");
        XmlElement roster = (await client.IqAsync("get", null, $"<query xmlns='{Roster}'/>")).IsResult()!.Value;
        await client.DisposeAsync();
        foreach (XmlElement item in roster.Children)
        {
            if (item.Attribute("jid") == contact)
                return item.Attribute("subscription");
        }

        return null;
    }

    private async Task<FaultClient> LoginAsync(string user, string resource)
    {
        FaultClient client = await FaultClient.LoginAsync(server, user, resource);
        _clients.Add(client);
        return client;
    }

    private async Task SayAsync(FaultClient client, string to, string body)
    {
        string id = await client.SayAsync(to, body);
        _said.Add((id, client.Jid, to.Split('/')[0]));
    }

    private async Task<string[]> ArchiveAsync(string user)
    {
        TestClient client = await server.LoginAsync($"{user}@example.org/check");
        Page page = await client.ArchiveAsync();
        await client.DisposeAsync();
        return [.. page.Results.Select(static result => result.Forwarded.Stanza.IdText ?? "")];
    }

    private async Task<string[]> OfflineAsync(string account)
    {
        IReadOnlyList<OfflineMessage> messages = await server.Get<IOfflineStore>().ReadAsync(Jid.Parse(account), 0, 1000, CancellationToken.None);
        return [.. messages.Select(static message => System.Text.Encoding.UTF8.GetString(message.Stanza.Span))];
    }
}
