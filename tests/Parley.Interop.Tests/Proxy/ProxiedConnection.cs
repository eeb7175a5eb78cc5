using System.Net;
using System.Net.Sockets;

namespace Parley.Interop.Tests.Proxy;

/// <summary>One connection through the proxy: two sockets, a loop for each direction, and what happens to them.</summary>
/// <param name="next">What will happen next to this connection; null for nothing.</param>
internal sealed class ProxiedConnection(Socket client, Func<Mishap?> next) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private TaskCompletionSource _open = Opened();
    private Direction _frozen;
    private Mishap? _mishap;
    private int _bytesLeft;
    private long _toServer;
    private long _toClient;
    private bool _ended;

    /// <summary>Forwards until both ends have ended or the connection has been reset.</summary>
    internal async Task RunAsync(IPEndPoint server)
    {
        try
        {
            client.NoDelay = true;
            Arm();
            await _server.ConnectAsync(server);
            await Task.WhenAll(PumpAsync(client, _server, Direction.ToServer), PumpAsync(_server, client, Direction.ToClient));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The server is not there, or the connection was reset meanwhile.
        }

        Reset();
    }

    internal void Freeze(Direction direction)
    {
        lock (_lock)
        {
            _frozen |= direction;
        }
    }

    /// <summary>If it is frozen, the client's system says that the network is gone. Nobody says so to the server.</summary>
    internal void Lose()
    {
        lock (_lock)
        {
            if (_frozen == Direction.Both)
            {
                End(client);
            }
        }
    }

    internal void Stall()
    {
        lock (_lock)
        {
            if (_open.Task.IsCompleted)
            {
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    internal void Resume()
    {
        lock (_lock)
        {
            _open.TrySetResult();
        }
    }

    /// <summary>RST to both, with what is under way lost.</summary>
    internal void Reset()
    {
        lock (_lock)
        {
            if (!_ended)
            {
                _ended = true;
                End(client);
                End(_server);
            }

            _open.TrySetResult();
        }
    }

    /// <summary>FIN to both.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (!_ended)
            {
                Finish(client);
                Finish(_server);
            }
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return $"{_toServer} bytes to the server and {_toClient} to the client{(_open.Task.IsCompleted ? "" : ", stalled")}" +
                $"{(_frozen == Direction.None ? "" : $", frozen {_frozen}")}{(_ended ? ", ended" : "")}";
        }
    }

    public void Dispose() => Reset();

    private static TaskCompletionSource Opened()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private static void End(Socket socket)
    {
        if (socket.Connected)
        {
            socket.LingerState = new LingerOption(enable: true, 0);
        }

        socket.Dispose();
    }

    private static void Finish(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has ended by itself.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Direction direction)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                for (var done = 0; done < read;)
                {
                    var (count, mishap) = Allow(read - done);
                    await ForwardAsync(to, buffer.AsMemory(done, count), direction);
                    done += count;
                    if (mishap is not null)
                    {
                        Happen(mishap);
                    }
                }
            }

            if (!IsFrozen(direction))
            {
                Finish(to);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // An end that has been reset resets the other; of a frozen connection the other end hears nothing.
            if (!IsFrozen(direction))
            {
                Reset();
            }
        }
    }

    private async ValueTask ForwardAsync(Socket to, ReadOnlyMemory<byte> bytes, Direction direction)
    {
        await _open.Task;
        while (bytes.Length > 0 && !IsFrozen(direction))
        {
            var sent = await to.SendAsync(bytes);
            bytes = bytes[sent..];
            Interlocked.Add(ref direction == Direction.ToServer ? ref _toServer : ref _toClient, sent);
        }
    }

    private bool IsFrozen(Direction direction)
    {
        lock (_lock)
        {
            return (_frozen & direction) != Direction.None;
        }
    }

    private void Arm()
    {
        lock (_lock)
        {
            _mishap = next();
            _bytesLeft = _mishap?.AfterBytes ?? 0;
        }
    }

    /// <summary>How many of the bytes may go before something happens, and what.</summary>
    private (int Count, Mishap? Mishap) Allow(int count)
    {
        lock (_lock)
        {
            if (_mishap is not { } mishap || count < _bytesLeft)
            {
                _bytesLeft -= count;
                return (count, null);
            }

            _mishap = null;
            return (_bytesLeft, mishap);
        }
    }

    private void Happen(Mishap mishap)
    {
        switch (mishap.Kind)
        {
            case MishapKind.Freeze:
                Freeze(mishap.Direction);
                _ = TellAsync(mishap.Wait);
                break;
            case MishapKind.Stall:
                Stall();
                _ = ContinueAsync(mishap.Wait);
                break;
            case MishapKind.Close:
                Close();
                break;
            default:
                Reset();
                break;
        }
    }

    private async Task TellAsync(TimeSpan wait)
    {
        await Task.Delay(wait);

        Freeze(Direction.Both);
        Lose();
    }

    private async Task ContinueAsync(TimeSpan wait)
    {
        await Task.Delay(wait);
        Resume();
        Arm();
    }
}
