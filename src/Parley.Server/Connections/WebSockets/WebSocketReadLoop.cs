using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.WebSockets;

/// <summary>The read loop of a WebSocket: reads, handles all whole messages in order, flushes each target once.</summary>
/// <param name="stream">The stream.</param>
/// <param name="connection">Its connection.</param>
/// <param name="liveness">Told of whatever arrives.</param>
/// <param name="options">Where clients are sent instead of being served.</param>
internal sealed class WebSocketReadLoop(ClientStream stream, WebSocketConnection connection, WebSocketLiveness liveness, XmppWebSocketOptions options)
{
    private readonly StanzaScanner _scanner = new(stream.Limits, ScannerMode.Document);
    private readonly StreamIntake _intake = new(stream);
    private bool _isHeaderDue = true;
    private byte[]? _ping;

    /// <summary>Runs to the end. Returns whether the client ended its stream: true when it closed it, false at a mere end of the WebSocket (RFC 7395 §3.6).</summary>
    internal async Task<bool> RunAsync()
    {
        try
        {
            return await ReadAllAsync();
        }
        catch (WebSocketException e)
        {
            connection.CloseBecause(e.Code);
            throw new StreamException(Condition(e.Code), e.Message);
        }
        catch (OperationCanceledException) when (stream.Terminated is { } reason)
        {
            connection.CloseBecause(reason);
            return false;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            connection.Lost();
            throw;
        }
    }

    private static StreamErrorCondition Condition(WebSocketCloseCode code) => code switch
    {
        WebSocketCloseCode.InvalidPayload => StreamErrorCondition.NotWellFormed,
        WebSocketCloseCode.MessageTooBig => StreamErrorCondition.PolicyViolation,
        _ => StreamErrorCondition.BadFormat,
    };

    private async Task<bool> ReadAllAsync()
    {
        var receiver = connection.Receiver;
        while (stream.Terminated is null)
        {
            var count = await receiver.FillAsync(connection.Reading);
            if (count == 0)
            {
                connection.Lost();
                return false;
            }

            liveness.Heard();
            Negotiation next;
            do
            {
                next = await _intake.HandledAsync(ReceiveNext(out var isMore), connection.Aborted);
                if (next == Negotiation.Restart)
                {
                    Restart();
                }

                if (!isMore)
                {
                    break;
                }
            }
            while (next != Negotiation.Close);

            Pong();
            _intake.EndBatch();
            if (next == Negotiation.Close)
            {
                return !connection.IsClosedByPeer;
            }

            await _intake.PaceAsync(count, connection.Aborted);
        }

        connection.CloseBecause(stream.Terminated);
        return false;
    }

    // A new <open/> is due; what was allowed before authentication was little.
    private void Restart()
    {
        _isHeaderDue = true;
        connection.Receiver.MaxBytes = stream.Limits.MaxBytes;
        if (stream.State.HasFlag(StreamState.Authenticated))
        {
            connection.Compress();
        }
    }

    private ValueTask<Negotiation> ReceiveNext(out bool isMore)
    {
        var found = connection.Receiver.Next(out var payload);
        isMore = found != WebSocketInput.NeedMore;
        switch (found)
        {
            case WebSocketInput.Text:
                return Receive(payload);
            case WebSocketInput.Ping:
                _ping = payload.ToArray();
                return new(Negotiation.Continue);
            case WebSocketInput.Close:
                connection.ClosedByPeer(payload);
                return new(Negotiation.Close);
            default:
                return new(Negotiation.Continue);
        }
    }

    // Of many pings the last is answered, and none while much waits for a client that does not read (RFC 6455 §5.5.3).
    private void Pong()
    {
        if (_ping is { } ping && !stream.Output.IsCongested)
        {
            stream.Output.WriteBare(WebSocketFrameWriter.Control(WebSocketOpcode.Pong, ping));
        }

        _ping = null;
    }

    private ValueTask<Negotiation> Receive(ReadOnlySpan<byte> message)
    {
        var element = Element(message);
        stream.Services.WireLog?.Received(connection.Id, element);
        if (IsFraming(element, "close"u8))
        {
            connection.IsStreamClosedByPeer = true;
            return new(Negotiation.Close);
        }

        if (!_isHeaderDue)
        {
            return IsFraming(element, "open"u8)
                ? throw new StreamException(StreamErrorCondition.InvalidXml, "A stream within the stream.")
                : stream.ReceiveAsync(element, connection.Aborted);
        }

        if (options.SeeOtherUri is { } elsewhere)
        {
            stream.Output.Write(WebSocketFraming.Close(elsewhere));
            return new(Negotiation.Close);
        }

        stream.ReceiveHeader(element);
        _isHeaderDue = false;
        return new(Negotiation.Continue);
    }

    /// <summary>The one element of a message: a document of its own that begins with '&lt;' (RFC 7395 §3.3.3).</summary>
    private ReadOnlySpan<byte> Element(ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty || message[0] != '<')
        {
            // White space, too: there are pings to keep a connection alive (RFC 7395 §3.8).
            throw new StreamException(StreamErrorCondition.NotWellFormed, "A message begins with '<'.");
        }

        _scanner.Reset();
        _scanner.Limits = stream.Limits;
        var rest = message;
        if (_scanner.Read(ref rest, out var element) != ScanResult.Element)
        {
            throw IsOldHeader(message)
                ? new StreamException(StreamErrorCondition.InvalidNamespace, "Over WebSocket a stream begins with <open/> (RFC 7395).")
                : new StreamException(StreamErrorCondition.NotWellFormed, "A message is a whole element.");
        }

        return rest.ContainsAnyExcept(" \t\r\n"u8)
            ? throw new StreamException(StreamErrorCondition.NotWellFormed, "A message is one element and nothing else.")
            : element;
    }

    // How a stream began before RFC 7395, and begins over TCP: a tag that is not closed.
    private bool IsOldHeader(ReadOnlySpan<byte> message) =>
        _isHeaderDue && new StanzaScanner(stream.Limits).Read(ref message, out var root) == ScanResult.StreamOpen && LocalName(root).SequenceEqual("stream"u8);

    private static bool IsFraming(ReadOnlySpan<byte> element, ReadOnlySpan<byte> name) =>
        LocalName(element).SequenceEqual(name) && XmlElement.Parse(element.ToArray(), Parley.Protocol.Stanzas.StanzaContext.ClientContent).NamespaceUri == WebSocketFraming.Namespace;

    private static ReadOnlySpan<byte> LocalName(ReadOnlySpan<byte> element)
    {
        var name = element[1..element.IndexOfAny(WebSocketFraming.NameEnd)];
        return name[(name.IndexOf((byte)':') + 1)..];
    }
}
