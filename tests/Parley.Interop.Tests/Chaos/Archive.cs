using System.Xml.Linq;
using Parley.Interop.Tests.Wire;

namespace Parley.Interop.Tests.Chaos;

/// <summary>Reads a user's own archive, or that of a room, over a stream, page by page (XEP-0313, XEP-0059).</summary>
internal static class Archive
{
    private const int PageSize = 100;
    private static readonly XNamespace Mam = "urn:xmpp:mam:2";
    private static readonly XNamespace Rsm = "http://jabber.org/protocol/rsm";
    private static readonly XNamespace Forward = "urn:xmpp:forward:0";

    /// <summary>Reads all that came after an id, oldest first.</summary>
    /// <param name="after">Null for the archive's beginning.</param>
    /// <param name="take">Gets the message and its id in the archive.</param>
    /// <param name="others">Gets what comes meanwhile.</param>
    /// <param name="owner">Whose archive it is; null for the user's own.</param>
    /// <returns>False if the archive does not know the id (XEP-0313 §4.3.2: item-not-found).</returns>
    internal static async Task<bool> ReadAsync(
        StreamClient stream, string? after, Action<XElement, string> take, CancellationToken cancellationToken, Action<XElement>? others = null, string? owner = null)
    {
        while (true)
        {
            var from = after is null ? "" : $"<after>{after}</after>";
            var answer = await stream.RequestAsync(
                $"<query xmlns='{Mam}'><set xmlns='{Rsm}'><max>{PageSize}</max>{from}</set></query>", "set", cancellationToken, Hear, owner);
            if (answer.Attribute("type")?.Value == "error")
            {
                var condition = answer.Element(StreamClient.Client + "error")?.Elements().FirstOrDefault()?.Name.LocalName;
                return condition == "item-not-found" && after is not null
                    ? false
                    : throw new InvalidOperationException($"The archive answered {answer.ToString(SaveOptions.DisableFormatting)}");
            }

            var fin = answer.Element(Mam + "fin");
            var last = fin?.Element(Rsm + "set")?.Element(Rsm + "last")?.Value;
            if (fin?.Attribute("complete")?.Value is "true" or "1" || last is null)
            {
                return true;
            }

            after = last;
        }

        void Hear(XElement element)
        {
            if (element.Element(Mam + "result") is { } result)
            {
                var message = result.Element(Forward + "forwarded")!.Element(StreamClient.Client + "message")!;
                take(message, result.Attribute("id")!.Value);
            }
            else
            {
                others?.Invoke(element);
            }
        }
    }
}
