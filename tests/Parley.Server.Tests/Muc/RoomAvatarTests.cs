using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc;
using Parley.Server.Tests.Discovery;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Avatars of rooms (XEP-0486).</summary>
public sealed class RoomAvatarTests
{
    private const string Image = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSIzMiIgaGVpZ2h0PSIzMiI+CiA8cmVjdCB4PSIwIiB5PSIwIiB3aWR0aD0iMzIiIGhlaWdodD0iMzIiIGZpbGw9InJlZCIvPgo8L3N2Zz4K";
    private const string Hash = "a31c4bd04de69663cfd7f424a8453f4674da37ff";
    private const string Card = $"<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/svg+xml</TYPE><BINVAL>{Image}</BINVAL></PHOTO></vCard>";
    private const string Empty = "<vCard xmlns='vcard-temp'/>";

    private static async Task<IReadOnlyList<string>?> HashesAsync(TestClient client) =>
        (await client.InfoAsync(Coven)).Forms[0]["muc#roominfo_avatarhash"]?.Values;

    private static bool IsOfRoom(XmlElement element) => element.LocalName == "presence" && element.Attribute("from") == Coven;

    // Examples 1 to 3, 6, 8 to 11.
    [Fact]
    public async Task An_owner_sets_the_avatar_and_everybody_finds_it()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        var stranger = await server.LoginAsync("macbeth@example.org/castle");
        Assert.Contains("vcard-temp", (await stranger.InfoAsync(Service)).Features);
        Assert.Contains("vcard-temp", (await stranger.InfoAsync(Coven)).Features);
        Assert.Null(await HashesAsync(stranger));
        (await stranger.IqAsync("get", Coven, Empty)).IsError("item-not-found", "cancel");

        (await crone.IqAsync("set", Coven, Card)).IsResult();

        foreach (var client in new[] { crone, wicca })
        {
            var notice = await client.MessageAsync();
            Assert.Equal("groupchat", notice.Attribute("type"));
            Assert.Equal(Coven, notice.Attribute("from"));
            Assert.Equal([MucStatus.ConfigurationChanged], notice.User().Statuses);
            Assert.Equal(Hash, (await client.ReceiveAsync(IsOfRoom)).Child("x", "vcard-temp:x:update")?.Child("photo", "vcard-temp:x:update")?.Text);
        }

        Assert.Equal([Hash], await HashesAsync(stranger));
        var card = (await stranger.IqAsync("get", Coven, Empty)).IsResult()!.Value;
        Assert.Equal(Image, card.Child("PHOTO", "vcard-temp")?.Child("BINVAL", "vcard-temp")?.Text);

        // Who enters hears of it before the history.
        var entry = await stranger.EnterAsync($"{Coven}/thane");
        Assert.Equal(Hash, entry.Own.Child("x", "vcard-temp:x:update")?.Child("photo", "vcard-temp:x:update")?.Text);
        Assert.Equal(Coven, entry.Own.Attribute("from"));
    }

    // Example 7.
    [Fact]
    public async Task An_empty_vcard_takes_the_avatar_away()
    {
        await using var server = await XmppTestServer.StartAsync();
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);
        (await crone.IqAsync("set", Coven, Card)).IsResult();
        await wicca.ReceiveAsync(IsOfRoom);

        (await crone.IqAsync("set", Coven, Empty)).IsResult();

        Assert.Equal("", (await wicca.ReceiveAsync(IsOfRoom)).Child("x", "vcard-temp:x:update")?.Child("photo", "vcard-temp:x:update")?.Text);
        Assert.Null(await HashesAsync(wicca));
        (await wicca.IqAsync("get", Coven, Empty)).IsError("item-not-found", "cancel");
    }

    // Example 5, and what is none.
    [Fact]
    public async Task Nobody_else_sets_it_and_nothing_else_is_set()
    {
        await using var server = await XmppTestServer.StartAsync(build: builder => builder.Services.Configure<MucOptions>(static options => options.MaxVCardSize = 400));
        var (crone, wicca, _) = await MessageTests.WitchesAsync(server);

        (await wicca.IqAsync("set", Coven, Card)).IsError("forbidden", "auth");
        (await crone.IqAsync("set", Coven, "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>*</BINVAL></PHOTO></vCard>")).IsError("bad-request", "modify");
        (await crone.IqAsync("set", Coven, $"<vCard xmlns='vcard-temp'><NOTE>{new string('x', 400)}</NOTE></vCard>")).IsError("policy-violation", "modify");
        (await crone.IqAsync("set", $"nowhere@{Service}", Card)).IsError("item-not-found", "cancel");
        Assert.Null(await HashesAsync(crone));
        await wicca.ExpectNothingAsync(crone);
    }

    // Examples 12 and 13.
    [Fact]
    public async Task Each_format_of_an_avatar_has_its_hash_and_all_are_kept()
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(Coven, [Member("crone1@example.org", MucAffiliation.Owner)]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        (await crone.IqAsync("set", Coven, $"<vCard xmlns='vcard-temp'><PHOTO><BINVAL>{Image}</BINVAL></PHOTO><PHOTO><TYPE>image/gif</TYPE><BINVAL>R0lG</BINVAL></PHOTO></vCard>")).IsResult();

        // As long as nobody is in it, the room is in the store alone.
        server.Time.Advance(TimeSpan.FromMinutes(11));

        var hashes = await HashesAsync(crone);
        Assert.Equal([Hash, Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData("GIF"u8))], hashes);
        Assert.NotNull((await crone.IqAsync("get", Coven, Empty)).IsResult());
    }
}
