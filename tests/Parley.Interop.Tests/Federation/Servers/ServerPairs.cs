namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>One pair of servers for each way to prove who they are, each started when a test needs it first.</summary>
public abstract class ServerPairs : IAsyncDisposable
{
    private readonly Dictionary<ServerProof, Task<ServerPair>> _pairs = [];

    /// <summary>The pair of servers that talk that way.</summary>
    internal Task<ServerPair> PairAsync(ServerProof proof, CancellationToken cancellationToken)
    {
        lock (_pairs)
        {
            return _pairs.TryGetValue(proof, out var pair) ? pair : _pairs[proof] = ServerPair.StartAsync(Here, proof, Create, cancellationToken);
        }
    }

    /// <summary>Where Parley is to be.</summary>
    private protected virtual ServerPlace Here => new("example.org");

    /// <summary>The other server of a pair.</summary>
    internal abstract TestedServer Create(ServerSetup setup);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var pair in _pairs.Values)
        {
            if (pair.IsCompletedSuccessfully)
            {
                await (await pair).DisposeAsync();
            }
        }

        GC.SuppressFinalize(this);
    }
}
