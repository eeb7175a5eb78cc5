using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Debian's profanity, in a terminal that tmux makes for it and tells of in its control mode.</summary>
public sealed class ProfanityTests
{
    [Fact]
    public async Task Profanity_hears_and_is_heard()
    {
        using var time = new TestTime(60);
        var profanity = ForeignClients.Find("profanity");
        var tmux = ForeignClients.Find("tmux");
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        foreach (var user in (string[])["romeo", "juliet"])
        {
            await using var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
            await registration.RegisterAsync(user, time.Token);
        }

        var home = Directory.CreateTempSubdirectory("parley-profanity-");
        try
        {
            var settings = home.CreateSubdirectory(Path.Combine("data", "profanity")).FullName;
            await File.WriteAllTextAsync(
                Path.Combine(settings, "accounts"),
                $"""
                [romeo@localhost]
                enabled=true
                jid=romeo@localhost
                server=localhost
                port={parley.Port}
                tls.policy=trust
                password=romeo
                resource=profanity

                """,
                time.Token);
            await using var terminal = RunningProgram.Start(
                tmux,
                ["-S", Path.Combine(home.FullName, "tmux"), "-C", "new-session", "-x", "100", "-y", "30", $"{profanity} -a romeo@localhost"],
                new Dictionary<string, string>
                {
                    ["HOME"] = home.FullName,
                    ["XDG_CONFIG_HOME"] = Path.Combine(home.FullName, "config"),
                    ["XDG_DATA_HOME"] = Path.Combine(home.FullName, "data"),
                    ["TERM"] = "xterm",
                });
            await terminal.LineAsync(static line => line.Contains("logged in successfully", StringComparison.Ordinal), time.Token);

            await using var juliet = await StreamClient.LogInAsync(parley.DirectTlsPort, "juliet", time.Token, directTls: true);
            await juliet.SendAsync("<presence/>", time.Token);
            await TypeAsync(terminal, "/msg juliet@localhost by-yonder-moon", time.Token);
            var heard = await juliet.ReadAsync(static element => element.Element(StreamClient.Client + "body") is not null, time.Token);
            Assert.Equal("by-yonder-moon", heard.Element(StreamClient.Client + "body")!.Value);

            // The window with juliet is open now, so her answer is shown in it.
            await juliet.SendAsync(
                "<message to='romeo@localhost/profanity' type='chat'><body>swear-not-by-the-moon</body></message>", time.Token);
            await terminal.LineAsync(static line => line.Contains("swear-not-by-the-moon", StringComparison.Ordinal), time.Token);
            await terminal.WriteLineAsync("kill-server", time.Token);
            await terminal.EndAsync(time.Token);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static async Task TypeAsync(RunningProgram terminal, string text, CancellationToken cancellationToken)
    {
        await terminal.WriteLineAsync($"send-keys -l '{text}'", cancellationToken);
        await terminal.WriteLineAsync("send-keys Enter", cancellationToken);
    }
}
