using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Process;

/// <summary>The sample component, beside the real server.</summary>
public sealed class EchoGatewayTests
{
    [Fact]
    public async Task It_repeats_what_it_hears_and_comes_back()
    {
        using var time = new TestTime(60);
        const string secret = "what both of us know";
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--component", $"echo.localhost={secret}"]);
        var environment = new Dictionary<string, string> { ["COMPONENT_SECRET"] = secret };
        string[] arguments = [Repository.Sample("EchoGateway"), "echo.localhost", "127.0.0.1", $"{parley.ComponentPort}"];
        await using var alice = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
        await alice.RegisterAsync("alice", time.Token);
        await alice.AuthenticateAsync("alice", time.Token);
        await alice.BindAsync(time.Token);
        await alice.SendAsync("<presence/>", time.Token);

        for (var i = 0; i < 2; i++)
        {
            await using var gateway = RunningProgram.Start("dotnet", arguments, environment);
            await gateway.LineAsync(static line => line.Contains("is connected", StringComparison.Ordinal), time.Token);

            await alice.SendAsync($"<message to='bob@echo.localhost' type='chat' id='{i}'><body>&lt;{i}&gt; &amp; \u00e6</body></message>", time.Token);
            var answer = await alice.ReadAsync(static stanza => stanza.Name.LocalName == "message", time.Token);
            Assert.Equal(("bob@echo.localhost", $"<{i}> & \u00e6"), (answer.Attribute("from")?.Value, answer.Element(StreamClient.Client + "body")?.Value));

            await alice.SendAsync("<iq type='get' id='d' to='echo.localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", time.Token);
            var info = await alice.ReadAsync(static stanza => stanza.Attribute("id")?.Value == "d", time.Token);
            Assert.Contains("category=\"gateway\"", info.ToString(), StringComparison.Ordinal);

            await alice.SendAsync("<presence to='bob@echo.localhost' type='subscribe'/>", time.Token);
            await alice.ReadAsync(static stanza => stanza.Name.LocalName == "presence" && stanza.Attribute("from")?.Value == "bob@echo.localhost" && stanza.Attribute("type") is null, time.Token);
        }

        await alice.ReadAsync(static stanza => stanza.Name.LocalName == "presence" && stanza.Attribute("type")?.Value == "unavailable", time.Token);
    }

    [Theory]
    [InlineData("echo.localhost", "COMPONENT_SECRET is not the server's for echo.localhost.")]
    [InlineData("other.localhost", "The server knows no component other.localhost: start the server with --component other.localhost=SECRET.")]
    public async Task It_says_what_to_change_when_it_is_refused(string domain, string says)
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--component", "echo.localhost=what the server knows"]);
        var environment = new Dictionary<string, string> { ["COMPONENT_SECRET"] = "what the gateway thinks" };

        await using var gateway = RunningProgram.Start("dotnet", [Repository.Sample("EchoGateway"), domain, "127.0.0.1", $"{parley.ComponentPort}"], environment);

        await gateway.SaysAsync(says, time.Token);
    }
}
