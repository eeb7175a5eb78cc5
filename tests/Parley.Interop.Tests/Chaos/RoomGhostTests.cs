using System.Xml.Linq;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Proxy;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Chaos;

/// <summary>Clients whose connections die without a word, while they are in a room (XEP-0045 §14.1.2, XEP-0198 §5).</summary>
public sealed class RoomGhostTests
{
    private const string Room = "coven@conference.localhost";
    private const string Sm = "urn:xmpp:sm:3";
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Who_is_dead_leaves_and_who_may_come_back_stays()
    {
        using var time = new TestTime(60);
        var configuration = Path.GetTempFileName();
        await File.WriteAllTextAsync(configuration, """{ "IdleTimeout": "00:00:03" }""", time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--allow-insecure", "--config", configuration]);
        await using var proxy = TestProxy.Start(parley.Port);
        foreach (var user in new[] { "crone", "hag", "wicca" })
        {
            await using var registration = await StreamClient.ConnectAsync(parley.Port, time.Token);
            await registration.RegisterAsync(user, time.Token);
        }

        await using var crone = await StreamClient.LogInAsync(parley.Port, "crone", time.Token);
        await EnterAsync(crone, "crone", time.Token);
        await crone.RequestAsync("<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>", "set", time.Token, to: Room);
        await using var hag = await StreamClient.LogInAsync(proxy.Port, "hag", time.Token);
        await EnterAsync(hag, "hag", time.Token);
        await using var wicca = await StreamClient.LogInAsync(proxy.Port, "wicca", time.Token);
        await wicca.SendAsync($"<enable xmlns='{Sm}' resume='true'/>", time.Token);
        var id = (await wicca.ReadAsync(static element => element.Name.LocalName == "enabled", time.Token)).Attribute("id")!.Value;
        await EnterAsync(wicca, "wicca", time.Token);

        // As in a tunnel: no FIN, no RST.
        proxy.Freeze();
        var gone = await UnavailableAsync(crone, time.Token);
        Assert.Equal($"{Room}/hag", gone.Attribute("from")?.Value);
        await crone.SendAsync($"<message type='groupchat' to='{Room}'><body>Where art thou?</body></message>", time.Token);

        // She was found dead as well by now, or is about to be: she comes back, has missed nothing, and nobody has noticed.
        await using var again = await StreamClient.ConnectAsync(parley.Port, time.Token);
        await again.AuthenticateAsync("wicca", time.Token);
        await again.SendAsync($"<resume xmlns='{Sm}' previd='{id}' h='0'/>", time.Token);
        var missed = await again.ReadAsync(static element => element.Element(StreamClient.Client + "body")?.Value == "Where art thou?", time.Token);
        Assert.Equal($"{Room}/crone", missed.Attribute("from")?.Value);
        await again.SendAsync($"<message type='groupchat' to='{Room}'><body>Here.</body></message>", time.Token);
        var seen = new List<XElement>();
        var answer = await crone.ReadAsync(static element => element.Element(StreamClient.Client + "body")?.Value == "Here.", time.Token, seen.Add);
        Assert.Equal($"{Room}/wicca", answer.Attribute("from")?.Value);
        Assert.DoesNotContain(seen, static element => element.Attribute("type")?.Value == "unavailable");
        File.Delete(configuration);
    }

    private static async Task EnterAsync(StreamClient client, string nickname, CancellationToken cancellationToken)
    {
        await client.SendAsync($"<presence to='{Room}/{nickname}'><x xmlns='http://jabber.org/protocol/muc'/></presence>", cancellationToken);
        await client.ReadAsync(static element => element.Name.LocalName == "message" && element.Element(StreamClient.Client + "subject") is not null, cancellationToken);
    }

    /// <summary>The next presence of somebody who leaves; until then the client shows that it lives.</summary>
    private static async Task<XElement> UnavailableAsync(StreamClient client, CancellationToken cancellationToken)
    {
        XElement? found = null;
        using var timer = new PeriodicTimer(Tick);
        while (found is null && await timer.WaitForNextTickAsync(cancellationToken))
        {
            await client.PingAsync(cancellationToken, element => found ??= element.Attribute("type")?.Value == "unavailable" ? element : null);
        }

        return found!;
    }
}
