using System.Buffers;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.Tcp;

/// <summary>The read loop of a stream over TCP: reads, takes all whole elements, handles them in order, flushes each target once.</summary>
public sealed class TcpReadLoop(StreamServices services)
{
    /// <summary>Reads to the end of the stream. Returns whether the peer ended it: true at its closing tag, false at a mere end of the connection.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="connection">What it lies upon.</param>
    /// <param name="secureAsync">The handshake of TLS, made where <see cref="Negotiation.Secure"/> is the outcome of an element.</param>
    internal async Task<bool> ReadAllAsync(XmppStream stream, TcpConnection connection, Func<CancellationToken, Task> secureAsync)
    {
        // Not the peer's end of sending: what it sent before that is still handled.
        var cancellationToken = connection.Aborted;
        var scanner = new StanzaScanner(stream.Limits);
        var intake = new StreamIntake(stream);
        while (stream.GoesOn)
        {
            var input = connection.Input;
            var result = await input.ReadAsync(cancellationToken);

            // A server may have been recognised meanwhile, on another thread (XEP-0220 §2.2.1).
            scanner.Limits = stream.Limits;
            var next = Negotiation.Continue;
            var before = 0L;
            foreach (var segment in result.Buffer)
            {
                for (var offset = 0; offset < segment.Length && next == Negotiation.Continue;)
                {
                    next = await intake.HandledAsync(ReceiveNext(stream, scanner, segment, ref offset, cancellationToken), cancellationToken);
                    if (next is Negotiation.Restart or Negotiation.Authenticated)
                    {
                        if (next == Negotiation.Restart)
                        {
                            scanner.Reset();
                        }

                        scanner.Limits = stream.Limits;
                        next = Negotiation.Continue;
                    }
                    else if (next == Negotiation.Secure && !IsWhiteSpace(result.Buffer.Slice(before + offset)))
                    {
                        // Plaintext behind <starttls/> could have been put there by anybody (RFC 6120 §5.4.3.3). White space is dropped:
                        // clients such as go-sendxmpp end their elements with a new line.
                        throw new StreamException(StreamErrorCondition.PolicyViolation, "Nothing may follow <starttls/>.");
                    }
                }

                before += segment.Length;
            }

            intake.EndBatch();
            var read = result.Buffer.Length;
            input.AdvanceTo(result.Buffer.End);
            switch (next)
            {
                case Negotiation.Close:
                    return true;
                case Negotiation.Secure:
                    await stream.SecureAsync(() => secureAsync(cancellationToken));
                    scanner.Reset();
                    break;
            }

            if (result.IsCompleted)
            {
                return false;
            }

            await intake.PaceAsync(read, cancellationToken);
        }

        return false;
    }

    private static bool IsWhiteSpace(in ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            if (segment.Span.ContainsAnyExcept(" \t\r\n"u8))
            {
                return false;
            }
        }

        return true;
    }

    private ValueTask<Negotiation> ReceiveNext(
        XmppStream stream, StanzaScanner scanner, ReadOnlyMemory<byte> segment, ref int offset, CancellationToken cancellationToken)
    {
        var input = segment.Span[offset..];
        var found = scanner.Read(ref input, out var token);
        offset = segment.Length - input.Length;
        if (services.WireLog is { } wireLog && found != ScanResult.NeedMore)
        {
            wireLog.Received(stream.Connection.Id, token);
        }

        switch (found)
        {
            case ScanResult.StreamOpen:
                stream.ReceiveHeader(token);

                // A root that closes itself: the scanner would tell at the next read, but no more input may come.
                return new(token[^2] == (byte)'/' ? Negotiation.Close : Negotiation.Continue);
            case ScanResult.Element:
                return stream.ReceiveAsync(token, cancellationToken);
            case ScanResult.StreamClose:
                return new(Negotiation.Close);
            default:
                return new(Negotiation.Continue);
        }
    }
}
