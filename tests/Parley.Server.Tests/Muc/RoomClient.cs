using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Muc;

/// <summary>What clients do in rooms, over and over.</summary>
internal static class RoomClient
{
    internal const string Service = "conference.example.org";
    internal const string Coven = "coven@conference.example.org";

    /// <summary>The <c>x</c> of a request to enter, with something in it.</summary>
    internal static string Enter(string content = "") => $"<x xmlns='{MucEnter.Namespace}'>{content}</x>";

    /// <summary>Asks to enter a room.</summary>
    internal static Task RequestAsync(this TestClient client, string occupant, string content = "", string payload = "") =>
        client.SendAsync($"<presence id='enter' to='{occupant}'>{payload}{Enter(content)}</presence>");

    /// <summary>Enters a room; what came until the subject, which is the last.</summary>
    internal static async Task<Entry> EnterAsync(this TestClient client, string occupant, string content = "", string payload = "")
    {
        await client.RequestAsync(occupant, content, payload);
        var room = occupant[..occupant.IndexOf('/', StringComparison.Ordinal)];
        var all = new List<XmlElement>();
        while (true)
        {
            var next = await client.ReceiveAsync(element => element.Attribute("from")?.StartsWith(room, StringComparison.Ordinal) == true);
            all.Add(next);
            Assert.True(next.Attribute("type") != "error", client.Describe("To enter was not to be refused"));
            if (next.LocalName == "message" && next.Child("subject", "jabber:client") is not null && next.Body() is null)
            {
                return new Entry(all);
            }
        }
    }

    /// <summary>Creates a room with the configuration that all have at first, changed by fields (<c>name=value</c>, of several values once each, of none <c>name</c>).</summary>
    internal static async Task<Entry> CreateAsync(this TestClient client, string occupant, params string[] fields)
    {
        var entry = await client.EnterAsync(occupant);
        (await client.ConfigureAsync(occupant[..occupant.IndexOf('/', StringComparison.Ordinal)], fields)).IsResult();
        return entry;
    }

    /// <summary>Puts a persistent room into the store, as if it had been there before the server started.</summary>
    internal static async Task StoreAsync(this XmppTestServer server, string room, IEnumerable<RoomMember> members, params string[] fields)
    {
        var document = $"<room xmlns='urn:parley:room:1'><x xmlns='{DataForm.Namespace}' type='submit'>{Fields(["muc#roomconfig_persistentroom=1", .. fields])}</x></room>";
        var store = server.Get<IRoomStore>();
        await store.SaveAsync(new RoomRow(Jid.Parse(room), null, null, true, System.Text.Encoding.UTF8.GetBytes(document)), CancellationToken.None);
        await store.SetMembersAsync(Jid.Parse(room), [.. members], CancellationToken.None);
    }

    internal static RoomMember Member(string user, MucAffiliation affiliation, string? nickname = null) => new(Jid.Parse(user), affiliation, nickname, null);

    /// <summary>Submits a room's form.</summary>
    internal static Task<XmlElement> ConfigureAsync(this TestClient client, string room, params string[] fields)
    {
        return client.IqAsync("set", room, $"<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='{DataForm.Namespace}' type='submit'>{Fields(fields)}</x></query>");
    }

    private static string Fields(IEnumerable<string> fields) =>
        string.Concat(fields.GroupBy(static field => field.Split('=')[0]).Select(static field =>
            $"<field var='{field.Key}'>{string.Concat(field.Where(value => value != field.Key).Select(value => $"<value>{value[(field.Key.Length + 1)..]}</value>"))}</field>"));

    /// <summary>The next presence.</summary>
    internal static Task<XmlElement> PresenceAsync(this TestClient client, string from) =>
        client.ReceiveAsync(element => element.LocalName == "presence" && element.Attribute("from") == from);

    /// <summary>Asks to enter, and is refused.</summary>
    /// <returns>The error element.</returns>
    internal static async Task<XmlElement> RefusedAsync(this TestClient client, string occupant, string condition, string type, string content = "")
    {
        await client.RequestAsync(occupant, content);
        var presence = await client.PresenceAsync(occupant);
        var error = presence.IsError(condition, type);
        Assert.Equal("enter", presence.Attribute("id"));
        Assert.True(presence.Child(MucEnter.Name) is not null, presence.ToText());
        Assert.Equal(occupant[..occupant.IndexOf('/', StringComparison.Ordinal)], error.Attribute("by"));
        return error;
    }

    /// <summary>Asks for another nickname in the coven, and is refused.</summary>
    internal static async Task RefusedAsNicknameAsync(this TestClient client, string nickname, string condition, string type)
    {
        await client.SendAsync($"<presence id='ifd1c35' to='{Coven}/{nickname}'/>");
        var presence = await client.ReceiveAsync(static element => element.LocalName == "presence" && element.Attribute("type") == "error");
        Assert.Equal($"{Coven}/{nickname}", presence.Attribute("from"));
        presence.IsError(condition, type);
    }

    /// <summary>What has come until all is handled that <paramref name="sender"/> sent.</summary>
    internal static async Task<IReadOnlyList<XmlElement>> AfterAsync(this TestClient client, TestClient sender)
    {
        await sender.BarrierAsync();
        return await client.ReceiveAllAsync();
    }

    /// <summary>What a room says in a presence or a message; fails where it says nothing, or twice.</summary>
    internal static MucUser User(this XmlElement stanza)
    {
        XmlElement? found = null;
        foreach (var child in stanza.Children)
        {
            if (child.Is(MucUser.Name))
            {
                Assert.Null(found);
                found = child;
            }
        }

        Assert.True(found is not null, stanza.ToText());
        return MucUser.Parse(found.Value);
    }

    /// <summary>Affiliation, role and codes of a presence: <c>member participant 110</c>.</summary>
    internal static string Says(this XmlElement presence)
    {
        var user = presence.User();
        return string.Join(' ', [MucNames.Of(user.About!.Affiliation!.Value), MucNames.Of(user.About.Role!.Value), .. user.Statuses.Select(static code => code.ToString())]);
    }
}

/// <summary>What came when somebody entered a room.</summary>
internal sealed record Entry(IReadOnlyList<XmlElement> All)
{
    internal IReadOnlyList<XmlElement> Presences => [.. All.Where(static element => element.LocalName == "presence")];

    /// <summary>The last presence, which is his own.</summary>
    internal XmlElement Own => Presences[^1];

    internal IReadOnlyList<XmlElement> History => [.. All.Where(static element => element.LocalName == "message").SkipLast(1)];

    internal XmlElement Subject => All[^1];
}
