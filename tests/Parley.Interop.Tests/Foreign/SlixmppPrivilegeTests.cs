using System.Text.Json;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Debian's python3-slixmpp as a component with privileges (XEP-0356): python/slixmpp_privilege.py.</summary>
public sealed class SlixmppPrivilegeTests
{
    private const string Component = "gateway.localhost";
    private const string Secret = "what both of us know";
    private static readonly string[] Steps = ["login", "advertised", "presence", "message", "forbidden", "get_roster", "set_roster"];

    [Fact]
    public async Task A_component_reads_and_changes_rosters_and_sends_messages_for_accounts()
    {
        using var time = new TestTime(60);
        var python = await ForeignClients.PythonAsync("slixmpp", time.Token);
        var configuration = Path.GetTempFileName();
        try
        {
            var privileges = new { Roster = "Both", Messages = true, Presence = true };
            await File.WriteAllTextAsync(
                configuration,
                JsonSerializer.Serialize(new { Components = new Dictionary<string, object> { [Component] = new { Privileges = privileges } } }),
                time.Token);
            await using var parley = await ParleyProcess.StartAsync(time.Token, ["--config", configuration, "--component", $"{Component}={Secret}"]);

            await using var flow = RunningProgram.Start(
                python,
                [
                    Path.Combine(Repository.Tests, "python", "slixmpp_privilege.py"), "127.0.0.1", $"{parley.Port}", ParleyProcess.Domain,
                    parley.CertificatePath, $"{parley.ComponentPort}", Component, Secret,
                ]);

            await ForeignClients.AssertStepsAsync(flow, Steps, time.Token);
        }
        finally
        {
            File.Delete(configuration);
        }
    }
}
