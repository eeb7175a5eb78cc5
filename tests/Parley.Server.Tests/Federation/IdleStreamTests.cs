using System.Threading.Channels;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ManagedServerPeer;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>When a stream that the server opened counts as idle, and how it ends then (RFC 6120 §4.6.4). The other server is played.</summary>
public sealed class IdleStreamTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    public IdleStreamTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task An_idle_stream_that_the_other_server_does_not_close_is_cut_off()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.TakeStreamAsync(Features);
        Assert.Equal("1", (await stream.ReceiveAsync()).Attribute("id"));
        server.Time.Advance(TimeSpan.FromSeconds(31));
        await stream.ExpectStreamCloseAsync();

        server.Time.Advance(TimeSpan.FromSeconds(60));

        await stream.ExpectEndAsync();
        await SendAsync(romeo, "2");
        Assert.Equal("2", (await (await _accepted.TakeStreamAsync(Features)).ReceiveAsync()).Attribute("id"));
    }

    [Fact]
    public async Task A_stream_on_which_a_lost_one_is_to_be_resumed_is_not_idle()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.TakeStreamAsync();
        await stream.BeEnabledAsync();
        await stream.ExpectMessagesAsync("1");
        Assert.Equal(0u, await stream.AskHandledAsync());
        server.Time.Advance(TimeSpan.FromSeconds(35));

        await stream.DisposeAsync();
        var next = await _accepted.AcceptAsync(features: ManagedFeatures);
        var key = await next.ReceiveAsync();
        Assert.True(key.Is("result", Dialback));
        server.Time.Advance(TimeSpan.FromSeconds(2));
        await next.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");

        await next.BeResumedAsync();
        await next.SendAsync($"<resumed xmlns='{Management}' previd='some-long-sm-id' h='0'/>");
        await next.ExpectMessagesAsync("1");
    }

    [Fact]
    public async Task What_is_sent_while_a_stream_is_closed_that_only_asked_about_a_key_leaves_on_the_next()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var authority = await _accepted.AcceptAsync();
        await authority.AnswerAsync("valid");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");
        server.Time.Advance(TimeSpan.FromSeconds(31));
        await authority.ExpectStreamCloseAsync();

        await SendAsync(romeo, "1");
        await romeo.BarrierAsync();
        await authority.SendAsync("</stream:stream>");

        Assert.Equal("1", (await (await _accepted.TakeStreamAsync(Features)).ReceiveAsync()).Attribute("id"));
    }

    // Else it would be tried for ever.
    [Fact]
    public async Task What_waits_for_an_answer_to_a_key_goes_back_when_the_stream_is_closed_without_one()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var stream = await _accepted.AcceptAsync();
        Assert.True((await stream.ReceiveAsync()).Is("result", Dialback));
        server.Time.Advance(TimeSpan.FromSeconds(31));
        await stream.ExpectStreamCloseAsync();

        await stream.SendAsync("</stream:stream>");

        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
        Assert.Equal(1, _network.Connections);
    }

    private static Task SendAsync(TestClient client, string id) => client.SendAsync($"<message id='{id}' to='juliet@{Capulet}'><body>{id}</body></message>");

    private Task<XmppTestServer> StartAsync() => _network.StartAsync("192.0.2.1", [Montague], static options =>
    {
        options.Federation.Policy.RequireTls = false;
        options.Federation.IdleTimeout = TimeSpan.FromSeconds(30);
    });
}
