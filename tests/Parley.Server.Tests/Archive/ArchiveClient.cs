using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Archive;

/// <summary>A page as a client got it.</summary>
internal sealed record Page(IReadOnlyList<ArchiveResult> Results, ArchiveFin Fin)
{
    internal IEnumerable<string?> Bodies => Results.Select(result => result.Forwarded.Stanza.Child(new XmlName("body", "jabber:client"))?.Text);

    internal IEnumerable<string> Ids => Results.Select(result => result.Id);
}

/// <summary>What tests of archives say over and over.</summary>
internal static class ArchiveClient
{
    /// <summary>The most that an archive gives, of messages of which there are few.</summary>
    internal static Task<Page> ArchiveAsync(this TestClient client, params string[] fields) => client.PageAsync("<max>250</max>", fields);

    /// <summary>A page of the client's own archive.</summary>
    /// <param name="client">The client.</param>
    /// <param name="set">The content of the set element.</param>
    /// <param name="fields">The fields of the form, <c>name=value</c>.</param>
    internal static Task<Page> PageAsync(this TestClient client, string set, params string[] fields) =>
        client.AskAsync(Query($"{Form(fields)}<set xmlns='http://jabber.org/protocol/rsm'>{set}</set>"));

    /// <summary>A page by any query, of the client's own archive or another's.</summary>
    internal static async Task<Page> AskAsync(this TestClient client, string query, string? archive = null)
    {
        var reply = await client.IqAsync("set", archive, query);
        var fin = ArchiveFin.Parse(Assert.NotNull(reply.IsResult()));
        var results = new List<ArchiveResult>();
        foreach (var element in await client.ReceiveAllAsync())
        {
            Assert.Equal(client.Jid, element.Attribute("to"));
            Assert.Equal(archive ?? client.BareJid, element.Attribute("from"));
            results.Add(ArchiveResult.Parse(element.Child(ArchiveResult.Name)!.Value));
        }

        return new Page(results, fin);
    }

    internal static string Query(string content = "", string attributes = "") =>
        content.Length == 0 ? $"<query xmlns='urn:xmpp:mam:2' {attributes}/>" : $"<query xmlns='urn:xmpp:mam:2' {attributes}>{content}</query>";

    internal static string Form(params string[] fields)
    {
        var content = string.Concat(fields.Select(static field => field.Split('=', 2))
            .GroupBy(static field => field[0], static field => field[1])
            .Select(static field => $"<field var='{field.Key}'>{string.Concat(field.Select(static value => $"<value>{value}</value>"))}</field>"));
        return fields.Length == 0 ? "" : $"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>{content}</x>";
    }

    /// <summary>The id that the client's account gave a message; null when it gave none.</summary>
    internal static string? StanzaId(this XmlElement message, string by)
    {
        string? found = null;
        foreach (var child in message.Children)
        {
            if (child.Is("stanza-id", "urn:xmpp:sid:0") && child.Attribute("by") == by)
            {
                Assert.Null(found);
                found = child.Attribute("id");
            }
        }

        return found;
    }

    /// <summary>Sends chat messages with these bodies, and returns when they are handled.</summary>
    internal static async Task SayAsync(this TestClient client, string to, params string[] bodies)
    {
        foreach (var body in bodies)
        {
            await client.SendAsync($"<message to='{to}' type='chat'><body>{body}</body></message>");
        }

        await client.BarrierAsync();
    }
}
