using System.Buffers;
using System.IO.Pipelines;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Connections.Tcp;

/// <summary>Client streams over TCP, and their read loop: reads, takes all whole elements, handles them in order, flushes each target once.</summary>
public sealed class TcpClientStreams(ClientStreamPump pump, ClientStreamServices services, StartTls startTls)
{
    /// <summary>Runs a connection from its first byte to its end. Throws nothing.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="directTls">Whether it is under TLS from its first byte (XEP-0368).</param>
    public Task RunAsync(TcpConnection connection, bool directTls) => pump.RunAsync(connection, async stream =>
    {
        if (directTls)
        {
            await connection.SecureAsync(startTls.SelectAsync, connection.Aborted);
            stream.BeganSecure();
        }

        return await ReadAllAsync(stream, connection);
    });

    // Whether the client ended its stream: true at its closing tag, false at a mere end of the connection.
    private async Task<bool> ReadAllAsync(ClientStream stream, TcpConnection connection)
    {
        // Not the peer's end of sending: what it sent before that is still handled.
        var cancellationToken = connection.Aborted;
        var scanner = new StanzaScanner(stream.Limits);
        var intake = new StreamIntake(stream);
        while (stream.Terminated is null)
        {
            var input = connection.Input;
            var result = await input.ReadAsync(cancellationToken);
            var next = Negotiation.Continue;
            var before = 0L;
            foreach (var segment in result.Buffer)
            {
                for (var offset = 0; offset < segment.Length && next == Negotiation.Continue;)
                {
                    next = await intake.HandledAsync(ReceiveNext(stream, scanner, segment, ref offset, cancellationToken), cancellationToken);
                    if (next == Negotiation.Restart)
                    {
                        scanner.Reset();
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
                    await stream.SecureAsync(() => connection.SecureAsync(startTls.OptionsFor(stream.Domain), cancellationToken));
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
        ClientStream stream, StanzaScanner scanner, ReadOnlyMemory<byte> segment, ref int offset, CancellationToken cancellationToken)
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
