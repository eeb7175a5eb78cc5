using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>A query of an archive (XEP-0313 §4).</summary>
/// <param name="Filter">Which messages.</param>
/// <param name="Page">Which page of them; null for the first.</param>
/// <param name="QueryId">What the results are to be recognised by, or null.</param>
/// <param name="FlipPage">Whether the page is to come newest first (§4.3.4).</param>
/// <param name="Node">The node of a pubsub archive (XEP-0442), or null.</param>
public sealed record ArchiveRequest(
    ArchiveFilter Filter, ResultSetRequest? Page = null, string? QueryId = null, bool FlipPage = false, string? Node = null)
{
    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">As <see cref="ArchiveFilter.Parse"/>, <see cref="DataForm.Parse"/> and <see cref="ResultSetRequest.Parse"/> do.</exception>
    public static ArchiveRequest Parse(XmlElement query) => new(
        DataForm.In(query) is { } form ? ArchiveFilter.Parse(form) : new ArchiveFilter(),
        ResultSetRequest.In(query),
        query.Attribute("queryid"),
        query.Child("flip-page", MessageArchive.Namespace) is not null,
        query.Attribute("node"));

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(MessageArchive.Query).Attribute("queryid", QueryId).Attribute("node", Node);
        if (Filter != new ArchiveFilter())
        {
            Filter.ToForm().WriteTo(writer);
        }

        Page?.WriteTo(writer);
        if (FlipPage)
        {
            writer.Element("flip-page", MessageArchive.Namespace);
        }

        writer.End();
    }
}
