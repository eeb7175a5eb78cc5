using Parley.Interop.Tests.Wire;

namespace Parley.Interop.Tests.Durability;

/// <summary>A client that writes without pause and remembers what the server has acknowledged.</summary>
internal abstract class Writer(string user)
{
    private readonly HashSet<string> _acknowledged = new(StringComparer.Ordinal);
    private bool _prepared;
    private int _last;

    protected string User => user;

    /// <summary>How much was ever acknowledged.</summary>
    internal int Acknowledged { get; private set; }

    /// <summary>Makes the accounts that it needs, the first time.</summary>
    internal async Task PrepareAsync(int port, CancellationToken cancellationToken)
    {
        if (!_prepared)
        {
            await RegisterAllAsync(port, cancellationToken);
            _prepared = true;
        }
    }

    /// <summary>Writes until the server is killed.</summary>
    internal async Task WriteAsync(int port, AcknowledgementCount count, CancellationToken killed)
    {
        try
        {
            await using var session = await OpenAsync(port, killed);
            while (true)
            {
                var item = $"{user}-{++_last}";
                await WriteOneAsync(port, session, item, killed);
                _acknowledged.Add(item);
                Acknowledged++;
                count.Add();
            }
        }
        catch (Exception e) when (count.Reached.IsCompleted && e is IOException or EndOfStreamException or OperationCanceledException or System.Xml.XmlException or System.Net.Sockets.SocketException)
        {
            // The kill that all this is about.
        }
    }

    /// <summary>What was acknowledged and is not there. What the check uses up is forgotten.</summary>
    internal async Task<IReadOnlyList<string>> LostAsync(int port, CancellationToken cancellationToken)
    {
        var lost = await LostAsync(port, _acknowledged, cancellationToken);
        _acknowledged.Clear();
        return lost;
    }

    public override string ToString() => user;

    /// <summary>One write, complete when it is acknowledged.</summary>
    protected abstract Task WriteOneAsync(int port, StreamClient session, string item, CancellationToken cancellationToken);

    protected abstract Task<IReadOnlyList<string>> LostAsync(int port, IReadOnlySet<string> items, CancellationToken cancellationToken);

    protected virtual Task RegisterAllAsync(int port, CancellationToken cancellationToken) => RegisterAsync(port, user, cancellationToken);

    protected virtual Task<StreamClient> OpenAsync(int port, CancellationToken cancellationToken) =>
        StreamClient.LogInAsync(port, user, cancellationToken);

    protected static async Task RegisterAsync(int port, string user, CancellationToken cancellationToken)
    {
        await using var client = await StreamClient.ConnectAsync(port, cancellationToken);
        await client.RegisterAsync(user, cancellationToken);
    }
}
