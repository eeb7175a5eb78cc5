using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;

namespace Parley.Server.Connections;

/// <summary>How a stream lies upon its transport: how it opens, restarts and closes there, and how its elements are set apart (RFC 6120 §4, RFC 7395 §3, XEP-0206).</summary>
/// <remarks>Writes are made under the lock of the connection's <see cref="OutputQueue"/>; reading a header is the read loop's.</remarks>
internal abstract class StreamFraming
{
    /// <summary>Reads what opens or restarts a stream.</summary>
    /// <exception cref="StreamException">It is no header of such a stream; <paramref name="readSoFar"/> then tells what could be read.</exception>
    internal abstract StreamHeader ReadHeader(ReadOnlySpan<byte> opening, out StreamHeader readSoFar);

    /// <summary>Writes our own header.</summary>
    internal abstract void WriteHeader(PendingBytes output, StreamHeader header);

    /// <summary>Writes an element that is no stanza. It declares its namespaces itself, but for those of the stream's own header: the prefix <c>stream</c> and the content namespace.</summary>
    internal abstract void WriteElement(PendingBytes output, ReadOnlySpan<byte> element);

    /// <summary>Writes a stanza with the addresses that it has here.</summary>
    internal abstract void WriteStanza(PendingBytes output, Stanza stanza, Jid? from, Jid? to);

    /// <summary>Writes the last of a stream whose header was written: the error, if one ends it, and what closes it.</summary>
    internal abstract void WriteEnd(PendingBytes output, StreamException? error);
}
