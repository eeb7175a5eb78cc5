using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests;

internal static class Availability
{
    /// <summary>Becomes available, and receives the presence that the server reflects (RFC 6121 §4.2.2).</summary>
    internal static async Task AppearAsync(this TestClient client, string content = "")
    {
        await client.SendAsync($"<presence>{content}</presence>");
        var own = await client.ReceiveAsync(static element => element.LocalName == "presence");
        Assert.Equal(client.Jid, own.Attribute("from"));
    }

    /// <summary>Changes or ends its presence, and receives the presence that the server reflects.</summary>
    internal static async Task ChangePresenceAsync(this TestClient client, string presence)
    {
        await client.SendAsync(presence);
        await client.ReceiveAsync(static element => element.LocalName == "presence");
    }
}
