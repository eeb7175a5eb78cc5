namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>One pair of servers for each way to prove who they are, each started when a test needs it first.</summary>
public abstract class ServerPairs : IAsyncDisposable
{
    private readonly Dictionary<ServerProof, Task<ServerPair>> _pairs = [];

    /// <summary>The pair of servers that talk that way.</summary>
    internal Task<ServerPair> PairAsync(ServerProof proof)
    {
        lock (_pairs)
        {
            return _pairs.TryGetValue(proof, out var pair) ? pair : _pairs[proof] = StartAsync(proof);
        }
    }

    /// <summary>Where Parley is to be.</summary>
    private protected virtual ServerPlace Here => new("example.org");

    /// <summary>Whether the connections of the two can be cut.</summary>
    private protected virtual bool MayBeCut => false;

    /// <summary>The other server of a pair.</summary>
    internal abstract TestedServer Create(ServerSetup setup);

    // Time of its own, on whichever test that falls.
    private async Task<ServerPair> StartAsync(ServerProof proof)
    {
        using var time = new TestTime(120);
        return await ServerPair.StartAsync(Here, proof, Create, MayBeCut, time.Token);
    }

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
