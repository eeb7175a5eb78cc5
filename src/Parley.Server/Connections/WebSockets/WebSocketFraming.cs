using System.Buffers;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;

namespace Parley.Server.Connections.WebSockets;

/// <summary>A stream as messages of a WebSocket (RFC 7395 §3.3): each element a text message that can be read by itself, with its frame's header in front.</summary>
/// <param name="connection">The WebSocket.</param>
/// <param name="options">Where clients are sent when the server stops.</param>
internal sealed class WebSocketFraming(WebSocketConnection connection, XmppWebSocketOptions options) : StreamFraming
{
    /// <summary>The namespace of what opens and closes a stream (RFC 7395 §3.3.2).</summary>
    internal const string Namespace = "urn:ietf:params:xml:ns:xmpp-framing";

    /// <summary>What ends the name of an element.</summary>
    internal static readonly SearchValues<byte> NameEnd = SearchValues.Create(" \t\r\n/>"u8);

    // Below, the deflated message is seldom the shorter one.
    private const int LeastToCompress = 128;

    // Strophe compares these bytes.
    private static ReadOnlySpan<byte> PlainClose => "<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" />"u8;

    /// <summary>Whether messages are compressed from here on.</summary>
    internal bool Compresses { get; set; }

    /// <summary>Shows each message as it was before it became a frame; null where nothing is logged.</summary>
    internal WireLog? WireLog { private get; set; }

    internal override StreamHeader ReadHeader(ReadOnlySpan<byte> opening, out StreamHeader readSoFar)
    {
        readSoFar = new StreamHeader();
        var open = XmlElement.Parse(opening.ToArray());
        var header = readSoFar = new StreamHeader
        {
            To = open.Attribute("to"),
            From = open.Attribute("from"),
            Id = open.Attribute("id"),
            Language = open.Attribute("lang", Namespaces.Xml),
            Version = StreamHeader.ParseVersion(open.Attribute("version")),

            // Each message declares its namespaces; a stanza that does not is taken as one of ours.
            Declared = StanzaContext.ClientContent,
        };
        if (open.LocalName is not ("open" or "stream"))
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "A stream begins with <open/> (RFC 7395).");
        }

        if (open.NamespaceUri != Namespace)
        {
            throw new StreamException(StreamErrorCondition.InvalidNamespace, $"A stream begins with <open/> in the namespace {Namespace} (RFC 7395).");
        }

        return open.LocalName == "open" ? header : throw new StreamException(StreamErrorCondition.InvalidXml, "A stream begins with <open/> (RFC 7395).");
    }

    internal override void WriteHeader(PendingBytes output, StreamHeader header)
    {
        var start = WebSocketFrameWriter.Begin(output);
        output.Write("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0"u8);
        WriteAttribute(output, "' from='"u8, header.From);
        WriteAttribute(output, "' to='"u8, header.To);
        WriteAttribute(output, "' id='"u8, header.Id);
        WriteAttribute(output, "' xml:lang='"u8, header.Language);
        output.Write("'/>"u8);
        End(output, start);
    }

    internal override void WriteElement(PendingBytes output, ReadOnlySpan<byte> element)
    {
        var start = WebSocketFrameWriter.Begin(output);
        var nameEnd = element.IndexOfAny(NameEnd);
        output.Write(element[..nameEnd]);
        if (element.StartsWith("<stream:"u8))
        {
            output.Write(" xmlns:stream='http://etherx.jabber.org/streams'"u8);
        }
        else if (element[nameEnd..element.IndexOf((byte)'>')].IndexOf(" xmlns="u8) < 0)
        {
            output.Write(" xmlns='jabber:client'"u8);
        }

        output.Write(element[nameEnd..]);
        End(output, start);
    }

    internal override void WriteStanza(PendingBytes output, Stanza stanza, Jid? from, Jid? to)
    {
        var start = WebSocketFrameWriter.Begin(output);
        stanza.WriteStandaloneTo(output, from, to);
        End(output, start);
    }

    internal override void WriteEnd(PendingBytes output, StreamException? error)
    {
        if (error is not null)
        {
            connection.CloseBecause(error);
            WriteElement(output, StreamError.Encode(error));
        }
        else if (connection.IsClosedByPeer)
        {
            return;
        }

        var start = WebSocketFrameWriter.Begin(output);
        output.Write(Close(error?.Condition == StreamErrorCondition.SystemShutdown ? options.ShutdownSeeOtherUri : null));
        End(output, start);
    }

    /// <summary>What closes a stream, and where the client is to connect instead, if anywhere (RFC 7395 §3.6).</summary>
    internal static ReadOnlySpan<byte> Close(string? seeOtherUri)
    {
        if (seeOtherUri is null)
        {
            return PlainClose;
        }

        var output = new ArrayBufferWriter<byte>(128);
        output.Write("<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" see-other-uri=\""u8);
        Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(seeOtherUri), output);
        output.Write("\" />"u8);
        return output.WrittenSpan;
    }

    private static void WriteAttribute(PendingBytes output, ReadOnlySpan<byte> open, string? value)
    {
        if (value is not null)
        {
            output.Write(open);
            Utf8XmlWriter.EscapeAttribute(Encoding.UTF8.GetBytes(value), output);
        }
    }

    private void End(PendingBytes output, int start)
    {
        var message = WebSocketFrameWriter.Message(output, start);
        WireLog?.Sent(connection.Id, message);
        if (!Compresses || message.Length < LeastToCompress || WebSocketDeflate.Deflate(message) is not { } deflated || deflated.Length >= message.Length)
        {
            WebSocketFrameWriter.End(output, start);
            return;
        }

        deflated.CopyTo(message);
        output.Move(output.Count, deflated.Length - message.Length);
        WebSocketFrameWriter.End(output, start, isCompressed: true);
    }
}
