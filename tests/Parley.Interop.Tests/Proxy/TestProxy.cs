using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Parley.Interop.Tests.Proxy;

/// <summary>
/// TCP between a client and a server that fails as networks do: on command, and at random when it is given a source of mishaps. Its connections on
/// loopback forward what they get, byte by byte unchanged and in order, for as long as they live.
/// </summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Random? _mishaps;
    private Task _accepting = Task.CompletedTask;
    private volatile bool _calm;

    private readonly IPAddress _address;

    private TestProxy(IPEndPoint server, Random? mishaps)
    {
        (_address, ServerPort) = (server.Address, server.Port);
        _mishaps = mishaps;
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Where the connections to come go: a server that has been started again has another port.</summary>
    internal int ServerPort { get; set; }

    /// <param name="mishaps">Draws what befalls each connection; null for a network where nothing happens without a command.</param>
    internal static TestProxy Start(int serverPort, Random? mishaps = null) => Start(new IPEndPoint(IPAddress.Loopback, serverPort), mishaps);

    /// <inheritdoc cref="Start(int, Random)"/>
    internal static TestProxy Start(IPEndPoint server, Random? mishaps = null)
    {
        var proxy = new TestProxy(server, mishaps);
        proxy._listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        proxy._listener.Listen();
        proxy._accepting = proxy.AcceptAsync();
        return proxy;
    }

    /// <summary>No more mishaps: what is alive now stays so.</summary>
    internal void Calm()
    {
        _calm = true;
        Each(static connection => connection.Resume());
    }

    /// <summary>Nothing of the present connections is forwarded any more, and nothing closed; connections to come are not affected.</summary>
    internal void Freeze(Direction direction = Direction.Both) => Each(connection => connection.Freeze(direction));

    /// <summary>The clients of frozen connections learn that they are gone, by a reset; the server still does not.</summary>
    internal void Lose() => Each(static connection => connection.Lose());

    /// <summary>The present connections keep what they get, until <see cref="Resume"/>.</summary>
    internal void Stall() => Each(static connection => connection.Stall());

    internal void Resume() => Each(static connection => connection.Resume());

    internal void Reset() => Each(static connection => connection.Reset());

    internal void Close() => Each(static connection => connection.Close());

    public override string ToString() => string.Join("; ", _connections.Keys);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Reset();
        await Task.WhenAll(_connections.Values);
        _end.Dispose();
    }

    private void Each(Action<ProxiedConnection> action)
    {
        foreach (var connection in _connections.Keys)
        {
            action(connection);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var connection = new ProxiedConnection(await _listener.AcceptAsync(_end.Token), Next);
                _connections[connection] = RunAsync(connection);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The proxy's own end, or a client that went before it was accepted.
            }
        }
    }

    private async Task RunAsync(ProxiedConnection connection)
    {
        // Not before it has been entered among the connections.
        await Task.Yield();
        await connection.RunAsync(new IPEndPoint(_address, ServerPort));
        _connections.TryRemove(connection, out _);
    }

    private Mishap? Next()
    {
        if (_mishaps is null || _calm)
        {
            return null;
        }

        lock (_mishaps)
        {
            return Mishap.Draw(_mishaps);
        }
    }
}
