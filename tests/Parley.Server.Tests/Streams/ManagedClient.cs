using System.Globalization;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>What a client does for stream management (XEP-0198), as words for tests.</summary>
internal static class ManagedClient
{
    internal const string Namespace = "urn:xmpp:sm:3";

    /// <summary>Enables stream management, resumable; the id.</summary>
    internal static async Task<string> ManageAsync(this TestClient client, string attributes = "resume='true'")
    {
        await client.SendAsync($"<enable xmlns='{Namespace}' {attributes}/>");
        var enabled = await client.ReceiveAsync(static element => element.Is("enabled", Namespace));
        return enabled.Attribute("id") ?? "";
    }

    /// <summary>Asks how many stanzas are handled.</summary>
    internal static async Task<uint> HandledAsync(this TestClient client)
    {
        await client.SendAsync($"<r xmlns='{Namespace}'/>");
        var answer = await client.ReceiveAsync(static element => element.Is("a", Namespace));
        return uint.Parse(answer.Attribute("h")!, CultureInfo.InvariantCulture);
    }

    /// <summary>Connects anew, authenticates, and asks to resume; the answer.</summary>
    internal static async Task<(TestClient Client, XmlElement Answer)> ResumeAsync(
        this XmppTestServer server, string user, string id, uint handled, string password = XmppTestServer.Password, Transport transport = Transport.Plaintext)
    {
        var client = await server.OpenAsync(transport);
        await client.AuthenticateAsync(user, password);
        await client.SendAsync($"<resume xmlns='{Namespace}' previd='{id}' h='{handled}'/>");
        return (client, await client.ReceiveAsync());
    }
}
