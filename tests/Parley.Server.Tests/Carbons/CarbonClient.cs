using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Carbons;

/// <summary>What clients do with carbons.</summary>
internal static class CarbonClient
{
    internal const string Enable = "<enable xmlns='urn:xmpp:carbons:2'/>";
    internal const string Disable = "<disable xmlns='urn:xmpp:carbons:2'/>";

    internal static async Task<TestClient> LoginWithCarbonsAsync(this XmppTestServer server, string jid)
    {
        var client = await server.LoginAsync(jid);
        await client.EnableCarbonsAsync();
        return client;
    }

    internal static async Task EnableCarbonsAsync(this TestClient client) => (await client.IqAsync("set", null, Enable)).IsResult();

    /// <summary>The message that a copy brings; the wrapper is as it has to be.</summary>
    internal static XmlElement Copied(this XmlElement wrapper, TestClient client, string direction)
    {
        Assert.Equal("message", wrapper.LocalName);
        Assert.Equal(client.BareJid, wrapper.Attribute("from"));
        Assert.Equal(client.Jid, wrapper.Attribute("to"));
        Assert.True(wrapper.ChildCount == 1, wrapper.ToText());
        var forwarded = wrapper.Child(direction, Carbon.Namespace)?.Child(Forwarded.Name);
        Assert.True(forwarded is not null, wrapper.ToText());
        var message = Assert.Single(forwarded.Value.Children.ToList());
        Assert.True(message.Is("message", "jabber:client"), wrapper.ToText());
        Assert.Equal(wrapper.Attribute("type"), message.Attribute("type"));
        return message;
    }

    internal static async Task<XmlElement> CopyAsync(this TestClient client, string direction) => (await client.MessageAsync()).Copied(client, direction);

    private static List<XmlElement> ToList(this XmlElement.ChildEnumerable children)
    {
        var list = new List<XmlElement>();
        foreach (var child in children)
        {
            list.Add(child);
        }

        return list;
    }
}
