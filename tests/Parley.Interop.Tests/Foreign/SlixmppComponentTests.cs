using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Debian's python3-slixmpp as an external component, and a user of it: python/slixmpp_component.py.</summary>
public sealed class SlixmppComponentTests
{
    private static readonly string[] Steps = ["login", "disco", "iq", "message", "subscribe", "presence", "wrong_secret", "restart"];

    [Fact]
    public async Task A_user_talks_with_a_component()
    {
        using var time = new TestTime(60);
        var python = await ForeignClients.PythonAsync("slixmpp", time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--component", "echo.localhost=what both of us know"]);

        await using var flow = RunningProgram.Start(
            python,
            [
                Path.Combine(Repository.Tests, "python", "slixmpp_component.py"), "127.0.0.1", $"{parley.Port}", ParleyProcess.Domain,
                parley.CertificatePath, $"{parley.ComponentPort}", "echo.localhost", "what both of us know",
            ]);

        await ForeignClients.AssertStepsAsync(flow, Steps, time.Token);
    }
}
