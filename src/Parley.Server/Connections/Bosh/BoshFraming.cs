using System.Buffers;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;

namespace Parley.Server.Connections.Bosh;

/// <summary>How a stream lies upon a BOSH session (XEP-0206): its header is the wrapper's attributes, and each of its elements stands alone in one.</summary>
/// <param name="connection">The session: what opens and ends a stream is written by it, into the wrapper.</param>
internal sealed class BoshFraming(BoshConnection connection) : StreamFraming
{
    private string? _domain;
    private string? _language;

    // A restart says less than the creation of the session, which has to be remembered (XEP-0206 §5).
    internal override StreamHeader ReadHeader(ReadOnlySpan<byte> opening, out StreamHeader readSoFar)
    {
        var header = BoshOpening.Read(opening).Header(_domain, _language);
        _domain = header.To;
        _language = header.Language;
        return readSoFar = header;
    }

    internal override void WriteHeader(PendingBytes output, StreamHeader header) => connection.Opened(header);

    internal override void WriteElement(PendingBytes output, ReadOnlySpan<byte> element) => output.Write(element);

    internal override void WriteStanza(PendingBytes output, Stanza stanza, Jid? from, Jid? to) => stanza.WriteStandaloneTo(output, from, to);

    internal override void WriteEnd(PendingBytes output, StreamException? error)
    {
        if (error is null)
        {
            return;
        }

        var element = StreamError.Encode(error);
        output.Write(element);
        connection.Ends(error.Condition, element.Length);
    }
}
