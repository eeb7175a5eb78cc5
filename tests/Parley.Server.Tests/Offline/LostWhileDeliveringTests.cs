using System.Globalization;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Storage;
using Parley.Server.Tests.Storage;
using Parley.Server.Tests.Streams;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Offline;

/// <summary>Stored messages, and sessions without a connection that may be resumed (XEP-0160, XEP-0198 §5).</summary>
public sealed class LostWhileDeliveringTests : IDisposable
{
    private const int Count = 40;
    private static readonly Jid Juliet = Jid.Parse("juliet@example.org");
    private readonly SqliteBackend _storage = new();

    public void Dispose() => _storage.Dispose();

    [Fact]
    public async Task A_session_without_a_connection_gets_stored_messages_when_it_is_resumed()
    {
        await using var server = await StartAsync();
        var phone = await server.LoginAsync("juliet@example.org/phone");
        var id = await phone.ManageAsync();
        await phone.AppearAsync();
        Assert.Equal(1u, await phone.HandledAsync());
        await phone.DisposeAsync();
        var desk = await server.LoginAsync("juliet@example.org/desk");
        await desk.ManageAsync();
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await romeo.SendAsync("<message to='juliet@example.org/desk' type='chat'><body>0</body></message>");
        await desk.MessageAsync();
        await desk.SendAsync("</stream:stream>");
        await desk.ServedAsync();
        Assert.Equal(1, await KeptAsync(server));

        // What comes now stays behind it, and time passes.
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>1</body></message>");
        await romeo.BarrierAsync();
        server.Time.Advance(TimeSpan.FromMinutes(5));

        var (again, resumed) = await server.ResumeAsync("juliet", id, 1);
        Assert.True(resumed.Is("resumed", ManagedClient.Namespace));
        await ExpectAsync(again, 2);
        await AcknowledgeAsync(server, again, 3);
        await romeo.SendAsync("<message to='juliet@example.org' type='chat'><body>live</body></message>");
        Assert.Equal("live", (await again.MessageAsync()).Body());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_session_that_is_lost_before_it_has_acknowledged_them_is_resumed_and_gets_each_once_in_order(bool isCut, bool isArchived)
    {
        await using var server = await StartAsync(options => options.ArchiveDefault = isArchived ? ArchiveDefault.Always : ArchiveDefault.Never);
        await server.CreateAccountAsync("juliet@example.org");
        var romeo = await server.LoginAsync("romeo@example.org/orchard");
        await SendAsync(romeo, 0, Count);
        var phone = await server.LoginAsync("juliet@example.org/phone");
        var id = await phone.ManageAsync();
        await phone.AppearAsync();
        await ExpectAsync(phone, 20);
        await server.Time.WhenDelayedAsync();
        if (isCut)
        {
            await phone.DisposeAsync();
        }

        await SendAsync(romeo, Count, Count + 2);
        server.Time.Advance(TimeSpan.FromSeconds(31));
        await phone.ServedAsync();
        Assert.Equal(Count + 2, await KeptAsync(server));
        await SendAsync(romeo, Count + 2, Count + 4);
        server.Time.Advance(TimeSpan.FromMinutes(5));

        var (again, resumed) = await server.ResumeAsync("juliet", id, 0);
        Assert.True(resumed.Is("resumed", ManagedClient.Namespace));
        await again.ReceiveAsync(static element => element.LocalName == "presence");
        for (var i = 0; i < Count + 4; i++)
        {
            Assert.Equal($"{i}", (await again.MessageAsync()).Body());
            await again.SendAsync($"<a xmlns='{ManagedClient.Namespace}' h='{i + 2}'/>");
        }

        await romeo.BarrierAsync();
        Assert.DoesNotContain(await again.ReceiveAllAsync(), static element => element.LocalName == "message");
        Assert.Equal(0, await KeptAsync(server));
    }

    [Fact]
    public async Task What_it_has_not_acknowledged_is_delivered_once_to_the_next_after_a_restart()
    {
        string id;
        await using (var server = await StartAsync())
        {
            await server.CreateAccountAsync("juliet@example.org");
            await SendAsync(await server.LoginAsync("romeo@example.org/orchard"), 0, 3);
            var phone = await server.LoginAsync("juliet@example.org/phone");
            id = await phone.ManageAsync();
            await phone.AppearAsync();
            await ExpectAsync(phone, 3);
            await server.Time.WhenDelayedAsync();
            await phone.DisposeAsync();
            server.Time.Advance(TimeSpan.FromSeconds(31));
            Assert.Equal(3, await KeptAsync(server));
            await server.StopAsync();
        }

        await using var second = await StartAsync();
        var (again, failed) = await second.ResumeAsync("juliet", id, 0);
        Assert.True(failed.Is("failed", ManagedClient.Namespace));
        await again.BindAsync("phone");
        await again.AppearAsync();
        await ExpectAsync(again, 3);
        Assert.DoesNotContain(await again.ReceiveAllAsync(), static element => element.LocalName == "message");
    }

    private static async Task SendAsync(TestClient romeo, int first, int end)
    {
        for (var i = first; i < end; i++)
        {
            await romeo.SendAsync($"<message to='juliet@example.org' type='chat'><body>{i}</body></message>");
        }

        await romeo.BarrierAsync();
    }

    private static async Task ExpectAsync(TestClient client, int end)
    {
        for (var i = 0; i < end; i++)
        {
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), (await client.MessageAsync()).Body());
        }
    }

    private static async Task AcknowledgeAsync(XmppTestServer server, TestClient client, int count)
    {
        await client.SendAsync($"<a xmlns='{ManagedClient.Namespace}' h='{count}'/>");
        await client.BarrierAsync();
        Assert.Equal(0, await KeptAsync(server));
    }

    // How many messages the store has, once nothing is on its way to or from it.
    private static async Task<int> KeptAsync(XmppTestServer server)
    {
        await server.Get<IMessageHold>().AllEndedAsync().WaitAsync(TestClient.Patience);
        return await server.Get<IOfflineStore>().CountAsync(Juliet, CancellationToken.None);
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null) =>
        XmppTestServer.StartAsync(options, builder => _storage.Register(builder.Services));
}
