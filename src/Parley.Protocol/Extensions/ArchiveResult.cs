using System.Buffers;
using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>A message out of an archive, in the message that brings it (XEP-0313 §4.2).</summary>
/// <param name="Id">Its id in the archive.</param>
/// <param name="Forwarded">The message as it was received, and when.</param>
/// <param name="QueryId">That of the query, or null.</param>
public sealed record ArchiveResult(string Id, Forwarded Forwarded, string? QueryId = null)
{
    public static readonly XmlName Name = new("result", MessageArchive.Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: the id or the forwarded message is missing.</exception>
    public static ArchiveResult Parse(XmlElement element) =>
        new(element.RequiredAttribute("id"), Forwarded.Parse(element.RequiredChild(Forwarded.Name)), element.Attribute("queryid"));

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("queryid", QueryId).Attribute("id", Id);
        Forwarded.WriteTo(writer);
        writer.End();
    }
}

/// <summary>Makes the messages that bring the results of one query, out of stored bytes and without parsing them.</summary>
public sealed class ArchiveResultMessages
{
    private readonly Jid _archive;
    private readonly Jid _to;
    private readonly byte[] _open;

    /// <param name="archive">Whose archive it is.</param>
    /// <param name="to">Who asked.</param>
    /// <param name="queryId">The id of the query, or null.</param>
    public ArchiveResultMessages(Jid archive, Jid to, string? queryId)
    {
        (_archive, _to) = (archive, to);
        var output = new ArrayBufferWriter<byte>();
        output.Write("<result xmlns='urn:xmpp:mam:2'"u8);
        if (queryId is not null)
        {
            output.Write(" queryid='"u8);
            Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(queryId), output);
            output.Write("'"u8);
        }

        output.Write(" id='"u8);
        _open = output.WrittenSpan.ToArray();
    }

    /// <summary>The message that brings one.</summary>
    /// <param name="id">Its id in the archive: letters and digits.</param>
    /// <param name="stored">What <see cref="Stanza.ToBytes"/> gave.</param>
    /// <param name="received">When the archive got it.</param>
    public Stanza Make(string id, ReadOnlySpan<byte> stored, DateTimeOffset received)
    {
        var output = new ArrayBufferWriter<byte>(_open.Length + stored.Length + 200);
        output.Write(_open);
        Encoding.UTF8.GetBytes(id, output);
        output.Write("'>"u8);
        Forwarded.Write(output, stored, received);
        output.Write("</result>"u8);
        return Stanza.OfOneChild(StanzaKind.Message, _archive, _to, ArchiveResult.Name, output.WrittenMemory);
    }
}

/// <summary>The end of a page (XEP-0313 §4.3).</summary>
/// <param name="Page">Which page it was.</param>
/// <param name="IsComplete">Whether no further page follows.</param>
/// <param name="IsStable">False when the results may still change.</param>
public sealed record ArchiveFin(ResultSet Page, bool IsComplete, bool IsStable = true)
{
    public static readonly XmlName Name = new("fin", MessageArchive.Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: there is no set in it, or an attribute is neither true nor false.</exception>
    public static ArchiveFin Parse(XmlElement element) => new(
        ResultSet.Parse(element.RequiredChild(ResultSet.Name)), Flag(element, "complete", false), Flag(element, "stable", true));

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("complete", IsComplete ? "true" : null).Attribute("stable", IsStable ? null : "false");
        Page.WriteTo(writer);
        writer.End();
    }

    private static bool Flag(XmlElement element, string name, bool otherwise) =>
        element.Attribute(name) is not { } text ? otherwise
        : DataFormField.ParseBoolean(text) ?? throw new StanzaException(StanzaErrorCondition.BadRequest, $"'{name}' takes 'true' or 'false'.");
}

/// <summary>One end of an archive.</summary>
public readonly record struct ArchiveEnd(string Id, DateTimeOffset Timestamp);

/// <summary>From when to when an archive reaches (XEP-0313 §5).</summary>
/// <param name="Start">The first message; null when the archive is empty.</param>
/// <param name="End">The last message; null when the archive is empty.</param>
public sealed record ArchiveMetadata(ArchiveEnd? Start, ArchiveEnd? End)
{
    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: an attribute is missing, or no time.</exception>
    public static ArchiveMetadata Parse(XmlElement element) => new(Read(element, "start"), Read(element, "end"));

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(MessageArchive.Metadata);
        Write(writer, "start", Start);
        Write(writer, "end", End);
        writer.End();
    }

    private static ArchiveEnd? Read(XmlElement element, string name) =>
        element.Child(name, MessageArchive.Namespace) is not { } end ? null
        : DateTimeProfile.TryParse(end.RequiredAttribute("timestamp"), out var moment) ? new ArchiveEnd(end.RequiredAttribute("id"), moment)
        : throw new StanzaException(StanzaErrorCondition.BadRequest, "The timestamp is no time.");

    private static void Write(Utf8XmlWriter writer, string name, ArchiveEnd? end)
    {
        if (end is { } there)
        {
            writer.Start(name).Attribute("id", there.Id).Attribute("timestamp", DateTimeProfile.Format(there.Timestamp)).End();
        }
    }
}
