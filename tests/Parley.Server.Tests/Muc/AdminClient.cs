using System.Security;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>What moderators, admins and owners ask of a room, over and over.</summary>
internal static class AdminClient
{
    /// <summary>An item with attributes, written <c>nick=thirdwitch role=none</c>, and perhaps a reason.</summary>
    internal static string Item(string attributes, string? reason = null)
    {
        var written = string.Concat(attributes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static attribute => attribute.Split('=', 2))
            .Select(static attribute => $" {attribute[0]}='{SecurityElement.Escape(attribute[1])}'"));
        return $"<item{written}>{(reason is null ? "" : $"<reason>{reason}</reason>")}</item>";
    }

    /// <summary>Sends changes, or asks for a list, with items as they are.</summary>
    internal static Task<XmlElement> AdminAsync(this TestClient client, string type, params string[] items) => client.AdminAsync(type, Coven, items);

    internal static Task<XmlElement> AdminAsync(this TestClient client, string type, string room, string[] items) =>
        client.IqAsync(type, room, $"<query xmlns='{MucAdmin.Namespace}'>{string.Concat(items)}</query>");

    /// <summary>Makes changes that are allowed.</summary>
    internal static async Task ChangeAsync(this TestClient client, params string[] items) => Assert.Null((await client.AdminAsync("set", items)).IsResult());

    /// <summary>Asks for changes that are not.</summary>
    internal static async Task DeniedAsync(this TestClient client, string condition, string type, params string[] items)
    {
        var answer = await client.AdminAsync("set", items);
        Assert.Equal(Coven, answer.Attribute("from"));
        answer.IsError(condition, type);
    }

    /// <summary>A list, each item as <c>affiliation jid nick role reason</c>, what is missing as <c>-</c>, in alphabetical order.</summary>
    internal static async Task<IReadOnlyList<string>> ListAsync(this TestClient client, string attribute)
    {
        var answer = (await client.AdminAsync("get", Item(attribute))).IsResult();
        Assert.True(answer is not null && answer.Value.Is(MucAdmin.Name));
        return
        [
            .. MucAdmin.ParseResult(answer.Value).Items
                .Select(static item => $"{(item.Affiliation is { } affiliation ? MucNames.Of(affiliation) : "-")} {item.Jid?.ToString() ?? "-"} {item.Nickname ?? "-"} "
                    + $"{(item.Role is { } role ? MucNames.Of(role) : "-")}{(item.Reason is null ? "" : $" ({item.Reason})")}")
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>What a presence says of who did it, and why: <c>firstwitch: Avaunt!</c>.</summary>
    internal static string Why(this XmlElement presence)
    {
        var about = presence.User().About!;
        return $"{about.ActorNickname}: {about.Reason}";
    }
}
