using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Proxy;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>
/// Debian's Python libraries, each by its python/LIBRARY_history.py: sessions resumed after a cut that the server knows nothing of, the archive
/// paged forwards and backwards, catching up after an absence, two devices in step by carbon copies.
/// </summary>
public sealed class HistoryTests
{
    private static readonly string[] Steps = ["resumption", "again", "history", "absence", "carbons"];

    [Theory]
    [InlineData("slixmpp")]
    [InlineData("nbxmpp")]
    [InlineData("aioxmpp")]
    public async Task Nothing_is_lost(string library)
    {
        using var time = new TestTime(120);
        var python = await ForeignClients.PythonAsync(library, time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        foreach (var user in (string[])["alice", "bob"])
        {
            await using var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
            await registration.RegisterAsync(user, time.Token);
        }

        await using var proxy = TestProxy.Start(parley.Port);
        await using var flow = RunningProgram.Start(
            python,
            [
                Path.Combine(Repository.Tests, "python", $"{library}_history.py"), "127.0.0.1", $"{proxy.Port}", $"{parley.Port}",
                ParleyProcess.Domain, parley.CertificatePath,
            ]);
        foreach (var step in Steps)
        {
            string line;
            while ((line = await flow.LineAsync(IsEvent, time.Token)) is "freeze" or "lose")
            {
                if (line == "freeze")
                {
                    proxy.Freeze();
                }
                else
                {
                    proxy.Lose();
                }

                await flow.WriteLineAsync("done", time.Token);
            }

            Assert.True(line == $"ok {step}", flow.Transcript);
        }

        var (exitCode, _) = await flow.EndAsync(time.Token);
        Assert.True(exitCode == 0, flow.Transcript);
    }

    private static bool IsEvent(string line) =>
        line is "freeze" or "lose" || line.StartsWith("ok ", StringComparison.Ordinal) || line.StartsWith("failed ", StringComparison.Ordinal);
}
