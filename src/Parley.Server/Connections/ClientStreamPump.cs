using System.Buffers;
using System.IO.Pipelines;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions;

namespace Parley.Server.Connections;

/// <summary>The read loop of a client's TCP connection: reads, takes all whole elements, handles them in order, flushes each target once.</summary>
public sealed class ClientStreamPump(ClientStreamServices services, StartTls startTls, ConnectionLimit limit)
{
    /// <summary>Runs a connection from its first byte to its end. Throws nothing.</summary>
    public async Task RunAsync(StreamConnection connection, bool directTls)
    {
        if (!limit.TryEnter(connection.RemoteAddress))
        {
            // Below XMPP: there is no stream yet to say it on (XEP-0205 §4.1).
            Log.ConnectionRefused(services.Logger, connection.Id, connection.RemoteAddress);
            connection.Abort();
            await connection.DisposeAsync();
            return;
        }

        var stream = new ClientStream(connection, services);
        services.Meters.StreamOpened();
        Log.StreamOpened(services.Logger, connection.Id, connection.RemoteAddress);
        services.Streams.Add(stream);
        StreamException? error = null;
        var isFinished = false;
        try
        {
            if (directTls)
            {
                await connection.SecureAsync(startTls.SelectAsync, connection.Aborted);
                stream.BeganSecure();
            }

            isFinished = await ReadAllAsync(stream, connection);
            error = stream.Terminated;
        }
        catch (StreamException e)
        {
            error = e;
            isFinished = true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException or System.ComponentModel.Win32Exception)
        {
            // The peer is gone, or TLS could not be agreed upon: there is nobody to tell.
            Log.ConnectionLost(services.Logger, connection.Id, e.Message);
        }
        catch (Exception e)
        {
            Log.StreamFault(services.Logger, e, connection.Id);
            error = new StreamException(StreamErrorCondition.InternalServerError);
            isFinished = true;
        }

        await EndAsync(stream, connection, error, isFinished);
    }

    // Whatever fails on the way: a stream that stayed in the list would keep the server from stopping.
    private async Task EndAsync(ClientStream stream, StreamConnection connection, StreamException? error, bool isFinished)
    {
        try
        {
            await stream.EndAsync(error, isFinished);
            await connection.DisposeAsync();
        }
        catch (Exception e)
        {
            Log.StreamFault(services.Logger, e, connection.Id);
        }

        services.Streams.Remove(stream);
        limit.Leave(connection.RemoteAddress);
        services.Meters.StreamClosed();
        Log.StreamClosed(services.Logger, connection.Id);
    }

    // Whether the client ended its stream: true at its closing tag, false at a mere end of the connection.
    private async Task<bool> ReadAllAsync(ClientStream stream, StreamConnection connection)
    {
        // Not the peer's end of sending: what it sent before that is still handled.
        var cancellationToken = connection.Aborted;
        var scanner = new StanzaScanner(stream.Limits);
        var allowance = services.Options.RateLimits ? new ByteAllowance(services.Options.MaxBytesPerSecond, services.Time) : null;
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
                    var handled = ReceiveNext(stream, scanner, segment, ref offset, cancellationToken);
                    if (!handled.IsCompleted)
                    {
                        // What the batch wrote so far does not wait for this one.
                        stream.Flush.Flush();
                        stream.Output.Flush();
                    }

                    next = await handled;
                    if (allowance is not null)
                    {
                        // The sender waits for the receiver, as over one connection it would: TCP's own flow control, passed on.
                        await stream.Flush.RelieveAsync(services.Time, cancellationToken);
                    }

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

            stream.Flush.Flush();
            stream.Output.Flush();
            stream.NoteActivity();
            var read = result.Buffer.Length;
            input.AdvanceTo(result.Buffer.End);
            switch (next)
            {
                case Negotiation.Close:
                    return true;
                case Negotiation.Secure:
                    await stream.SecureAsync(startTls.OptionsFor(stream.Domain), cancellationToken);
                    scanner.Reset();
                    break;
            }

            if (result.IsCompleted)
            {
                return false;
            }

            if (allowance is not null)
            {
                await allowance.TakeAsync(read, cancellationToken);
            }
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
