namespace Parley.Interop.Tests.Web;

/// <summary>What a bad network and a proxy on it do to one request in ten: it is lost, its answer is, it comes twice, or later than the next.</summary>
internal sealed class LossyHandler(int seed) : DelegatingHandler(new SocketsHttpHandler())
{
    private const int OneIn = 10;
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(10);
    private readonly Random _random = new(seed);
    private readonly Lock _gate = new();

    /// <summary>How many requests had something happen to them, by what it was: lost, answer lost, twice, late.</summary>
    internal int[] Mishaps { get; } = new int[4];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        switch (Choose())
        {
            case 0:
                throw new HttpRequestException("The request is lost.");
            case 1:
                (await base.SendAsync(request, cancellationToken)).Dispose();
                throw new HttpRequestException("The answer is lost.");
            case 2:
                return await TwiceAsync(request, cancellationToken);
            case 3:
                await Task.Delay(Late, cancellationToken);
                break;
        }

        return await base.SendAsync(request, cancellationToken);
    }

    private int Choose()
    {
        lock (_gate)
        {
            var mishap = _random.Next(OneIn) == 0 ? _random.Next(Mishaps.Length) : -1;
            if (mishap >= 0)
            {
                Mishaps[mishap]++;
            }

            return mishap;
        }
    }

    // The answer that comes last is passed on: the other is that of a request whose place was taken, or the same.
    private async Task<HttpResponseMessage> TwiceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        var first = base.SendAsync(new HttpRequestMessage(request.Method, request.RequestUri) { Content = new ByteArrayContent(bytes) }, cancellationToken);
        var second = base.SendAsync(request, cancellationToken);
        var (early, late) = await Task.WhenAny(first, second) == first ? (first, second) : (second, first);
        (await early).Dispose();
        return await late;
    }
}
