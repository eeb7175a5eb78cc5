using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Debian's go-sendxmpp: one listens, another sends, over STARTTLS and direct TLS.</summary>
public sealed class GoSendXmppTests
{
    [Fact]
    public async Task What_one_sends_the_other_prints()
    {
        using var time = new TestTime(60);
        var program = ForeignClients.Find("go-sendxmpp");
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        foreach (var user in (string[])["gopher", "goalie"])
        {
            await using var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
            await registration.RegisterAsync(user, time.Token);
        }

        await using var listener = RunningProgram.Start(program, [.. Account("goalie", parley.Port), "-l"]);
        await using var sender = RunningProgram.Start(program, [.. Account("gopher", parley.DirectTlsPort), "-t", "goalie@localhost"]);
        await sender.InputAsync("first <one> & only", time.Token);
        Assert.Equal(0, (await sender.EndAsync(time.Token)).ExitCode);

        // Whether it is there yet or finds the message waiting for it.
        var line = await listener.LineAsync(static line => line.Contains("first", StringComparison.Ordinal), time.Token);
        Assert.EndsWith("gopher@localhost: first <one> & only", line, StringComparison.Ordinal);
    }

    private static string[] Account(string user, int port) => ["-u", $"{user}@localhost", "-p", user, "-j", $"localhost:{port}", "-n"];
}
