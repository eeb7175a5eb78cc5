using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>npm's @xmpp/client goes through node/flow.js.</summary>
public sealed class XmppJsTests
{
    private static readonly string[] Steps =
        ["refusal", "login", "roster", "subscribe", "presence", "chat", "ping", "disco", "unknown", "offline", "close"];

    [Theory]
    [InlineData("xmpp")]
    [InlineData("xmpps")]
    public async Task Xmpp_js_finds_what_it_needs(string scheme)
    {
        using var time = new TestTime(120);
        var node = ForeignClients.Find("node");
        var folder = Path.Combine(Repository.Tests, "node");
        Assert.SkipUnless(Directory.Exists(Path.Combine(folder, "node_modules", "@xmpp", "client")), "@xmpp/client is not installed (npm ci).");
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        foreach (var user in (string[])["jsalice", "jsbob"])
        {
            await using var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
            await registration.RegisterAsync(user, "secret", time.Token);
        }

        var port = scheme == "xmpps" ? parley.DirectTlsPort : parley.Port;
        await using var flow = RunningProgram.Start(
            node,
            [Path.Combine(folder, "flow.js"), $"{scheme}://localhost:{port}", ParleyProcess.Domain, "jsalice", "jsbob", "secret"],
            new Dictionary<string, string> { ["NODE_EXTRA_CA_CERTS"] = parley.CertificatePath });
        await ForeignClients.AssertStepsAsync(flow, Steps, time.Token);
    }
}
