using Parley.Protocol.Streams;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions;

namespace Parley.Server.Connections;

/// <summary>A stream from its beginning to its end, whatever it lies upon: the limits, the boundary of errors, the end.</summary>
public sealed class StreamPump(StreamServices services)
{
    /// <summary>Runs a stream from its first byte to its end. Throws nothing.</summary>
    /// <param name="connection">What it lies upon; disposed of at the end.</param>
    /// <param name="open">Makes the stream.</param>
    /// <param name="readAllAsync">The transport's read loop. Returns whether the peer ended its stream: true when it closed it, false at a mere end of the connection.</param>
    /// <param name="isOurs">Whether we connected: then the address's limits say nothing.</param>
    public async Task RunAsync<TStream>(StreamConnection connection, Func<TStream> open, Func<TStream, Task<bool>> readAllAsync, bool isOurs = false)
        where TStream : XmppStream
    {
        if (!isOurs && !services.Limit.TryEnter(connection.RemoteAddress))
        {
            // Below XMPP: there is no stream yet to say it on (XEP-0205 §4.1).
            Log.ConnectionRefused(services.Logger, connection.Id, connection.RemoteAddress);
            connection.Abort();
            await connection.DisposeAsync();
            return;
        }

        var stream = open();
        services.Meters.StreamOpened();
        Log.StreamOpened(services.Logger, connection.Id, connection.RemoteAddress);
        services.Streams.Add(stream);
        StreamException? error = null;
        var isFinished = false;
        try
        {
            isFinished = await readAllAsync(stream);
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

        await EndAsync(stream, connection, error, isFinished, isOurs);
    }

    // Whatever fails on the way: a stream that stayed in the list would keep the server from stopping.
    private async Task EndAsync(XmppStream stream, StreamConnection connection, StreamException? error, bool isFinished, bool isOurs)
    {
        FlushBatch(stream, connection);
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
        if (!isOurs)
        {
            services.Limit.Leave(connection.RemoteAddress);
        }

        services.Meters.StreamClosed();
        Log.StreamClosed(services.Logger, connection.Id);
    }

    // What was handled before the stream failed has been written to others, who do not wait for what comes to them next.
    private void FlushBatch(XmppStream stream, StreamConnection connection)
    {
        try
        {
            stream.Flush.Flush();
        }
        catch (Exception e)
        {
            Log.StreamFault(services.Logger, e, connection.Id);
        }
    }
}
