using System.Buffers;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;

namespace Parley.Server.Connections.Tcp;

/// <summary>A stream as one XML document over a connection (RFC 6120 §4.2): elements stand one behind the other within <c>&lt;stream:stream/&gt;</c>.</summary>
/// <param name="contentNamespace">What the stream's stanzas are in (RFC 6120 §4.8.2). Their payloads, kept for jabber:client, are in it by inheritance.</param>
internal sealed class TcpFraming(string contentNamespace) : StreamFraming
{
    /// <summary>The framing of client streams.</summary>
    internal static readonly TcpFraming Client = new(Namespaces.Client);

    /// <summary>The framing of components' streams (XEP-0114).</summary>
    internal static readonly TcpFraming Component = new(Namespaces.ComponentAccept);

    /// <summary>The framing of streams between servers; what dialback writes has the prefix that our header declares.</summary>
    internal static readonly TcpFraming Server = new(Namespaces.Server);

    internal override StreamHeader ReadHeader(ReadOnlySpan<byte> opening, out StreamHeader readSoFar) =>
        StreamHeader.Read(opening, contentNamespace, out readSoFar);

    internal override void WriteHeader(PendingBytes output, StreamHeader header) => output.Write(header.Encode(contentNamespace));

    internal override void WriteElement(PendingBytes output, ReadOnlySpan<byte> element) => output.Write(element);

    internal override void WriteStanza(PendingBytes output, Stanza stanza, Jid? from, Jid? to) => stanza.WriteTo(output, from, to);

    internal override void WriteEnd(PendingBytes output, StreamException? error)
    {
        if (error is not null)
        {
            output.Write(StreamError.Encode(error));
        }

        output.Write("</stream:stream>"u8);
    }
}
