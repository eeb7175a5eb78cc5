using Parley.Interop.Tests.Proxy;

namespace Parley.Interop.Tests.Chaos;

/// <summary>A client behind a network of its own that fails at random, and that sends for as long as it may.</summary>
internal sealed class ChaosClient : IAsyncDisposable
{
    private readonly TestProxy _proxy;
    private readonly CancellationTokenSource _enough = new();
    private CancellationTokenSource? _end;
    private Task _running = Task.CompletedTask;
    private Task _talking = Task.CompletedTask;

    internal ChaosClient(ResumingClient client, int serverPort, Random mishaps)
    {
        Client = client;
        _proxy = TestProxy.Start(serverPort, mishaps);
    }

    internal ResumingClient Client { get; }

    /// <summary>Ends only by a failure.</summary>
    internal Task Ended => _running;

    internal void Start(CancellationToken cancellationToken)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running = Client.RunAsync(_proxy.Port, _end.Token);
        _talking = TalkAsync(_end.Token);
    }

    /// <summary>Nothing happens to the connection any more; all that was sent gets its acknowledgement.</summary>
    internal async Task FinishAsync()
    {
        _proxy.Calm();
        await _enough.CancelAsync();
        await _talking;
        var empty = Client.Outbox.EmptyAsync(_end!.Token);
        await Client.RequestAsync(_end.Token);
        await await Task.WhenAny(empty, _running);
    }

    public override string ToString() => $"{Client}, connections: {_proxy}";

    public async ValueTask DisposeAsync()
    {
        if (_end is not null)
        {
            await _end.CancelAsync();
            await Task.WhenAll(_running, _talking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _end.Dispose();
        }

        await _proxy.DisposeAsync();
        _enough.Dispose();
        Client.Dispose();
    }

    private async Task TalkAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _enough.Token);
        while (!either.IsCancellationRequested)
        {
            try
            {
                await Client.SendAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
