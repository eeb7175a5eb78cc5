using System.Buffers;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;

namespace Parley.Server.Connections.Tcp;

/// <summary>A stream as one XML document over a connection (RFC 6120 §4.2): elements stand one behind the other within <c>&lt;stream:stream/&gt;</c>.</summary>
internal sealed class TcpFraming : StreamFraming
{
    /// <summary>The framing of client streams.</summary>
    internal static readonly TcpFraming Client = new();

    internal override StreamHeader ReadHeader(ReadOnlySpan<byte> opening, out StreamHeader readSoFar) =>
        StreamHeader.Read(opening, Namespaces.Client, out readSoFar);

    internal override void WriteHeader(PendingBytes output, StreamHeader header) => output.Write(header.Encode(Namespaces.Client));

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
