using Parley.Protocol.Addressing;
using Parley.Protocol.Xml;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Roster;

/// <summary>What tests of rosters and presence say over and over.</summary>
internal static class RosterClient
{
    internal const string Namespace = "jabber:iq:roster";

    /// <summary>Writes roster entries of both sides into the store: <paramref name="account"/> has that subscription to <paramref name="contact"/>.</summary>
    internal static async Task SubscribeAsync(this XmppTestServer server, string account, string contact, Subscription subscription = Subscription.Both)
    {
        await SetAsync(account, contact, subscription);
        await SetAsync(contact, account, subscription switch { Subscription.To => Subscription.From, Subscription.From => Subscription.To, _ => subscription });

        async Task SetAsync(string owner, string other, Subscription state)
        {
            await server.CreateAccountAsync(owner);
            var item = new RosterItem(Jid.Parse(other), null, state, false, false, [], default, true, 0);
            await server.Get<IRosterStore>().SetAsync(Jid.Parse(owner), item, CancellationToken.None);
        }
    }

    /// <summary>Logs in, asks for the roster, and becomes available; all that comes of it is received.</summary>
    internal static async Task<TestClient> OnlineAsync(this XmppTestServer server, string jid, int priority = 0)
    {
        var client = await server.LoginAsync(jid);
        await client.RosterAsync();
        await client.PresenceAsync(priority);
        await client.PresenceFromAsync(jid);
        return client;
    }

    /// <summary>The roster, or null for an empty result.</summary>
    internal static async Task<XmlElement?> RosterAsync(this TestClient client, string? version = null)
    {
        var ver = version is null ? "" : $" ver='{version}'";
        return (await client.IqAsync("get", null, $"<query xmlns='{Namespace}'{ver}/>")).IsResult();
    }

    internal static Task<XmlElement> SetRosterAsync(this TestClient client, string items, string? to = null) =>
        client.IqAsync("set", to, $"<query xmlns='{Namespace}'>{items}</query>");

    /// <summary>The next push's query.</summary>
    internal static async Task<XmlElement> PushedQueryAsync(this TestClient client)
    {
        var push = await client.ReceiveAsync(static element => element.LocalName == "iq" && element.Attribute("type") == "set");
        Assert.Null(push.Attribute("from"));
        Assert.Equal(client.Jid, push.Attribute("to"));
        Assert.NotEmpty(push.Attribute("id")!);
        return push.Child("query", Namespace)!.Value;
    }

    /// <summary>The next push's item, as <see cref="Summary"/>.</summary>
    internal static async Task<string> PushAsync(this TestClient client) => Summary(Assert.Single(Items(await client.PushedQueryAsync())));

    internal static List<XmlElement> Items(this XmlElement query)
    {
        var items = new List<XmlElement>();
        foreach (var child in query.Children)
        {
            items.Add(child);
        }

        return items;
    }

    /// <summary>An item in short: <c>jid subscription [ask] [approved] ['name'] [groups…]</c>.</summary>
    internal static string Summary(this XmlElement item)
    {
        List<string> parts = [item.Attribute("jid")!, item.Attribute("subscription")!];
        if (item.Attribute("ask") is { } ask)
        {
            parts.Add($"ask={ask}");
        }

        if (item.Attribute("approved") is { } approved)
        {
            parts.Add($"approved={approved}");
        }

        if (item.Attribute("name") is { } name)
        {
            parts.Add($"'{name}'");
        }

        foreach (var group in item.Children)
        {
            parts.Add($"[{group.Text}]");
        }

        return string.Join(' ', parts);
    }

    /// <summary>The next presence, which is from this address and of this type.</summary>
    internal static async Task<XmlElement> PresenceFromAsync(this TestClient client, string from, string? type = null)
    {
        var presence = await client.ReceiveAsync(static element => element.LocalName == "presence");
        Assert.True(
            presence.Attribute("from") == from && presence.Attribute("type") == type,
            client.Describe($"Presence of type {type ?? "available"} from {from} was due, not {presence.ToText()}"));
        return presence;
    }
}
