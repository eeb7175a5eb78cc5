using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Tests.Archive;
using Parley.Server.Tests.Storage;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Archive.ArchiveClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Rooms that are not persistent, of a server that ended without a word: as its database has them, they are gone when it serves again, and with them what was said there.</summary>
public sealed class TemporaryRoomTests : IDisposable
{
    private readonly SqliteBackend _storage = new();

    public void Dispose() => _storage.Dispose();

    [Fact]
    public async Task After_a_crash_temporary_rooms_are_gone_with_their_archives_and_others_are_there()
    {
        RoomRow temporary;
        IReadOnlyList<RoomMember> members;
        ArchivedMessage said;
        await using (var server = await StartAsync())
        {
            var crone = await server.LoginAsync("crone1@example.org/desktop");
            await crone.CreateAsync($"heath@{Service}/firstwitch", "muc#roomconfig_persistentroom=1");
            await crone.CreateAsync($"{Coven}/firstwitch");
            foreach (var room in new[] { Coven, $"heath@{Service}" })
            {
                await crone.SendAsync($"<message id='m' type='groupchat' to='{room}'><body>Thrice</body></message>");
                await crone.ReceiveAllAsync();
            }

            var stored = await server.Get<IRoomStore>().FindAsync(Jid.Parse(Coven), CancellationToken.None);
            (temporary, members) = (stored!.Row, stored.Members);
            said = Assert.Single((await ArchiveAsync(server)).Messages);
        }

        // What a clean end has taken away is put back, as it would still lie there.
        await using (var server = await StartAsync())
        {
            Assert.Null(await server.Get<IRoomStore>().FindAsync(Jid.Parse(Coven), CancellationToken.None));
            Assert.True(temporary.IsTemporary);
            await server.Get<IRoomStore>().SaveAsync(temporary, members, CancellationToken.None);
            await server.Get<IArchiveStore>().AppendAsync(
                new ArchiveEntry(said.Id, said.Stanza, "m", "Thrice", true, new ArchivePlace(Jid.Parse(Coven), Jid.Parse($"{Coven}/firstwitch")), null), CancellationToken.None);
            Assert.Single((await ArchiveAsync(server)).Messages);
        }

        await using var again = await StartAsync();
        Assert.Null(await again.Get<IRoomStore>().FindAsync(Jid.Parse(Coven), CancellationToken.None));
        Assert.Empty((await ArchiveAsync(again)).Messages);
        var hag = await again.LoginAsync("hag66@example.org/pda");
        (await hag.IqAsync("set", Coven, Query())).IsError("item-not-found", "cancel");

        // A new room of that name is a new room.
        var entry = await hag.EnterAsync($"{Coven}/thirdwitch");
        Assert.Equal("owner moderator 110 170 201", entry.Own.Says());
        Assert.Empty(entry.History);
        Assert.Equal("Thrice", Assert.Single((await hag.EnterAsync($"heath@{Service}/thirdwitch")).History).Body());
    }

    private static ValueTask<ArchivePage> ArchiveAsync(XmppTestServer server) =>
        server.Get<IArchiveStore>().ReadAsync(new ArchiveQuery(Jid.Parse(Coven)), new ArchivePaging(10), CancellationToken.None);

    private Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(build: builder => _storage.Register(builder.Services));
}
