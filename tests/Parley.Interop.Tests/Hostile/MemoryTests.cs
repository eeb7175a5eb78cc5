using System.Text;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Hostile;

/// <summary>Names that never come twice: nothing of them is kept.</summary>
public sealed class MemoryTests
{
    private const int Names = 100_000;

    // Answers to a batch stay below what may wait for a client that does not read.
    private const int Batch = 100;

    // What is looked up of an account is cached for some of them, existing or not: their names are short here, and the first 100,000 fill it.
    // Of 100,000 requests, 80 MB would be kept of each name, or 24 MB of each host. The bounds leave room for the garbage collector.
    private static readonly string Long = new('x', 800);
    private static readonly string Host = string.Join('.', Enumerable.Repeat(new string('y', 60), 3));

    [Theory]
    [InlineData("<iq type='get' id='{0}' to='localhost'><q{0} xmlns='urn:{0}'/></iq>", 48)]
    [InlineData("<iq type='get' id='{0}' to='{1}.example'><ping xmlns='urn:xmpp:ping'/></iq>", 24)]
    [InlineData("<iq type='get' id='{0}' to='u{2}@localhost/{0}'><ping xmlns='urn:xmpp:ping'/></iq>", 64)]
    public async Task Memory_stays_flat(string request, int mebibytes)
    {
        using var time = new TestTime(120);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--allow-insecure"]);
        await using (var registration = await StreamClient.ConnectAsync(parley.Port, time.Token))
        {
            await registration.RegisterAsync("mallory", time.Token);
        }

        await using var mallory = await StreamClient.LogInAsync(parley.Port, "mallory", time.Token);

        // As many again first, for the garbage collector to find its size.
        await SendAsync(mallory, request, 0, time.Token);
        var before = parley.ResidentBytes;
        await SendAsync(mallory, request, Names, time.Token);
        var growth = parley.ResidentBytes - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{before / 1024} KiB and {growth / 1024} KiB more after {Names} requests");
        Assert.True(growth < mebibytes * 1024L * 1024, $"{growth / 1024} KiB more after {Names} requests such as {request}");
    }

    private static async Task SendAsync(StreamClient client, string request, int from, CancellationToken cancellationToken)
    {
        var batch = new StringBuilder();
        for (var sent = 0; sent < Names; sent += Batch)
        {
            batch.Clear();
            for (var i = 0; i < Batch; i++)
            {
                var number = from + sent + i;
                batch.AppendFormat(request, $"{Long}{number}", $"h{number}.{Host}", number);
            }

            await client.SendAsync(batch.ToString(), cancellationToken);
            for (var i = 0; i < Batch; i++)
            {
                Assert.Equal("error", (await client.ReadAsync(cancellationToken)).Attribute("type")?.Value);
            }
        }
    }
}
