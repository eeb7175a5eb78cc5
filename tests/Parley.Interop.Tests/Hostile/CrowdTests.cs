using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Hostile;

/// <summary>A thousand clients that are there and silent. Ten thousand are for the benchmarks.</summary>
public sealed class CrowdTests
{
    private const int Crowd = 1000;
    private const int AtOnce = 8;
    private const long MaxBytesForEach = 256 * 1024;

    [Fact]
    public async Task A_thousand_idle_clients_are_reached_each()
    {
        using var time = new TestTime(240);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        var clients = new StreamClient[Crowd];
        try
        {
            var before = parley.ResidentBytes;
            await Parallel.ForAsync(0, Crowd, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = time.Token }, async (i, cancellationToken) =>
            {
                clients[i] = await StreamClient.ConnectAsync(parley.DirectTlsPort, cancellationToken, directTls: true);
                await clients[i].RegisterAsync($"idler{i}", cancellationToken);
                await clients[i].AuthenticateAsync($"idler{i}", cancellationToken);
                await clients[i].BindAsync(cancellationToken);
                await clients[i].SendAsync("<presence/>", cancellationToken);
                await clients[i].PingAsync(cancellationToken);
            });
            var each = (parley.ResidentBytes - before) / Crowd;
            TestContext.Current.TestOutputHelper?.WriteLine($"{each / 1024} KiB for each client");

            var town = clients[0];
            for (var i = 1; i < Crowd; i++)
            {
                await town.SendAsync($"<message to='idler{i}@localhost' type='chat'><body>for {i}</body></message>", time.Token);
            }

            for (var i = 1; i < Crowd; i++)
            {
                var heard = await clients[i].ReadAsync(static element => element.Name.LocalName == "message", time.Token);
                Assert.Equal($"for {i}", heard.Element(StreamClient.Client + "body")?.Value);
            }

            Assert.True(each < MaxBytesForEach, $"{each} bytes for each client");
        }
        finally
        {
            foreach (var client in clients.OfType<StreamClient>())
            {
                await client.DisposeAsync();
            }
        }
    }
}
