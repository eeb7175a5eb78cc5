using Parley.Interop.Tests.Foreign;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Web;

/// <summary>npm's Strophe.js, stanza and @xmpp/client go through node/web/flow.js, over WebSocket (RFC 7395) and BOSH (XEP-0206).</summary>
public sealed class WebLibraryTests
{
    private static readonly string[] Steps =
        ["refusal", "login", "subscribe", "presence", "chat", "order", "roster", "disco", "resumption", "close", "reconnect", "end"];

    private static readonly string[] Discoveries = ["stanza websocket", "stanza bosh", "xmpp websocket"];

    [Theory]
    [InlineData("strophe", "ws")]
    [InlineData("strophe", "http")]
    [InlineData("stanza", "ws")]
    [InlineData("stanza", "http")]
    [InlineData("xmpp", "ws")]
    [InlineData("strophe", "wss")]
    [InlineData("strophe", "https")]
    [InlineData("stanza", "wss")]
    [InlineData("stanza", "https")]
    [InlineData("xmpp", "wss")]
    public async Task A_web_library_finds_what_it_needs(string library, string scheme)
    {
        using var time = new TestTime(120);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await RegisterAsync(parley, "webalice", time.Token);
        await RegisterAsync(parley, "webbob", time.Token);

        var port = scheme is "wss" or "https" ? parley.HttpsPort : parley.HttpPort;
        var isWebSocket = scheme is "ws" or "wss";
        var service = $"{scheme}://localhost:{port}{(isWebSocket ? "/xmpp-websocket" : "/http-bind")}";
        await using var flow = Start(parley, "flow.js", library, service, ParleyProcess.Domain, "webalice", "webbob", "secret");

        // A session over BOSH has no connection that could be lost.
        await ForeignClients.AssertStepsAsync(flow, Steps.Where(step => isWebSocket || step != "resumption"), time.Token);
    }

    [Fact]
    public async Task What_host_meta_tells_is_where_web_libraries_log_in()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await RegisterAsync(parley, "webalice", time.Token);
        await using var discovery = Start(parley, "discovery.js", $"localhost:{parley.HttpsPort}", ParleyProcess.Domain, "webalice", "secret");
        await ForeignClients.AssertStepsAsync(discovery, Discoveries, time.Token);
    }

    internal static async Task RegisterAsync(ParleyProcess parley, string user, CancellationToken cancellationToken)
    {
        await using var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, cancellationToken, directTls: true);
        await registration.RegisterAsync(user, "secret", cancellationToken);
    }

    /// <summary>Runs a script of node/web; the test is skipped where the libraries are not installed.</summary>
    internal static RunningProgram Start(ParleyProcess parley, string script, params string[] arguments)
    {
        var node = ForeignClients.Find("node");
        var folder = Path.Combine(Repository.Tests, "node");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules", "strophe.js")), "the web libraries are not installed (npm ci).");
        return RunningProgram.Start(
            node,
            [Path.Combine(folder, "web", script), .. arguments],
            new Dictionary<string, string> { ["NODE_EXTRA_CA_CERTS"] = parley.CertificatePath });
    }
}
