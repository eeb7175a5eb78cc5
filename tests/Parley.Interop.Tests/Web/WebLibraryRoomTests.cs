using Parley.Interop.Tests.Foreign;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Web;

/// <summary>Rooms over the streams of npm's Strophe.js, stanza and @xmpp/client, by node/web/rooms.js, over WebSocket (RFC 7395) and BOSH (XEP-0206).</summary>
public sealed class WebLibraryRoomTests
{
    private static readonly string[] Steps =
    [
        "login", "create", "order", "leave", "reconnect", "archive", "occupant_id", "self_ping", "unique_name", "hats", "slow_mode", "search", "avatar", "end",
    ];

    [Theory]
    [InlineData("strophe", "ws")]
    [InlineData("strophe", "http")]
    [InlineData("stanza", "ws")]
    [InlineData("stanza", "http")]
    [InlineData("xmpp", "ws")]
    public async Task Rooms_are_used(string library, string scheme)
    {
        using var time = new TestTime(120);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await WebLibraryTests.RegisterAsync(parley, "webalice", time.Token);
        await WebLibraryTests.RegisterAsync(parley, "webbob", time.Token);
        var service = $"{scheme}://localhost:{parley.HttpPort}{(scheme == "ws" ? "/xmpp-websocket" : "/http-bind")}";
        await using var flow = WebLibraryTests.Start(parley, "rooms.js", library, service, ParleyProcess.Domain, "webalice", "webbob", "secret");
        await ForeignClients.AssertStepsAsync(flow, Steps, time.Token);
    }
}
