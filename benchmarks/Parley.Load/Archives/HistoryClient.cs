using System.Globalization;
using System.Xml;
using Parley.Load.Connections;

namespace Parley.Load.Archives;

/// <summary>Asks for pages of the client's own archive (XEP-0313 §4, XEP-0059), one query at a time.</summary>
internal sealed class HistoryClient(ClientConnection connection)
{
    private int _queries;

    /// <summary>The oldest messages.</summary>
    public Task<HistoryPage> FirstAsync(int max, CancellationToken cancellation) => AskAsync("", $"<max>{max}</max>", cancellation);

    /// <summary>The messages before an id; the newest where it is empty.</summary>
    public Task<HistoryPage> BeforeAsync(string id, int max, CancellationToken cancellation) =>
        AskAsync("", $"<max>{max}</max><before>{id}</before>", cancellation);

    /// <summary>The newest messages up to an instant.</summary>
    public Task<HistoryPage> UntilAsync(DateTimeOffset end, int max, CancellationToken cancellation) =>
        AskAsync(
            $"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>"
            + $"<field var='end'><value>{end.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ}</value></field></x>",
            $"<max>{max}</max><before/>",
            cancellation);

    /// <summary>When the archive took a result in.</summary>
    public static DateTimeOffset TimeOf(string result)
    {
        var delay = ElementText.Find(result, "delay") ?? throw new LoadException($"a result without a delay: {result}");
        return XmlConvert.ToDateTimeOffset(ElementText.Attribute(delay, "stamp") ?? "");
    }

    private async Task<HistoryPage> AskAsync(string form, string paging, CancellationToken cancellation)
    {
        var id = "h" + (++_queries).ToString(CultureInfo.InvariantCulture);
        await connection.SendAsync(
            $"<iq{connection.StanzaAttributes} type='set' id='{id}'><query xmlns='urn:xmpp:mam:2' queryid='{id}'>{form}"
            + $"<set xmlns='http://jabber.org/protocol/rsm'>{paging}</set></query></iq>",
            cancellation);
        var results = new List<string>();
        var end = await connection.ReadUntilAsync(
            element =>
            {
                if (element.StartsWith("<message", StringComparison.Ordinal) && element.Contains("<result ", StringComparison.Ordinal))
                    results.Add(element);
                return element.StartsWith("<iq", StringComparison.Ordinal) && ElementText.Attribute(element, "id") == id;
            },
            cancellation);
        if (ElementText.Attribute(end, "type") != "result")
            throw new LoadException($"the archive refused a query: {end}");
        return new HistoryPage(results, Text(end, "first"), long.TryParse(Text(end, "count"), CultureInfo.InvariantCulture, out var count) ? count : null);
    }

    private static string? Text(string element, string name) =>
        ElementText.Find(element, name) is { } found ? ElementText.Content(found) : null;
}
