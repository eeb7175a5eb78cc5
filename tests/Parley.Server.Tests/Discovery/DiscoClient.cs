using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.TestKit;

namespace Parley.Server.Tests.Discovery;

/// <summary>Asks for service discovery.</summary>
internal static class DiscoClient
{
    internal static Task<XmlElement> AskInfoAsync(this TestClient client, string? to, string? node = null) =>
        client.IqAsync("get", to, $"<query xmlns='{DiscoInfo.Namespace}'{Node(node)}/>");

    internal static Task<XmlElement> AskItemsAsync(this TestClient client, string? to, string? node = null) =>
        client.IqAsync("get", to, $"<query xmlns='{DiscoItems.Namespace}'{Node(node)}/>");

    internal static async Task<DiscoInfo> InfoAsync(this TestClient client, string? to, string? node = null) =>
        DiscoInfo.Parse((await client.AskInfoAsync(to, node)).IsResult()!.Value);

    internal static async Task<DiscoItems> ItemsAsync(this TestClient client, string? to, string? node = null) =>
        DiscoItems.Parse((await client.AskItemsAsync(to, node)).IsResult()!.Value);

    private static string Node(string? node) => node is null ? "" : $" node='{node}'";
}
