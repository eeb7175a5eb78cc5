using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Storage;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Archive;

public class PreferencesTests
{
    [Theory]
    [InlineData(ArchiveDefault.Always, "always")]
    [InlineData(ArchiveDefault.Roster, "roster")]
    [InlineData(ArchiveDefault.Never, "never")]
    public async Task Who_has_said_nothing_has_the_servers_preferences(ArchiveDefault option, string expected)
    {
        await using var server = await XmppTestServer.StartAsync(options => options.ArchiveDefault = option);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        Assert.Equal(Prefs(expected, "", ""), (await juliet.IqAsync("get", null, "<prefs xmlns='urn:xmpp:mam:2'/>")).IsResult()!.Value.ToText());
    }

    [Fact]
    public async Task What_was_set_is_told_and_kept()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        var set = Prefs("roster", "romeo@montague.lit", "montague@montague.lit");

        Assert.Equal(set, (await juliet.IqAsync("set", null, set)).IsResult()!.Value.ToText());

        Assert.Equal(set, (await juliet.IqAsync("get", "juliet@example.org", "<prefs xmlns='urn:xmpp:mam:2'/>")).IsResult()!.Value.ToText());
        var stored = await server.Get<IAccountDocumentStore>().GetAsync(Jid.Parse("juliet@example.org"), "archive", "preferences", CancellationToken.None);
        Assert.Equal(set, Encoding.UTF8.GetString(stored!.Value.Span));
        await juliet.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("always", "", "", "romeo@example.org/orchard", true)]
    [InlineData("never", "", "", "romeo@example.org/orchard", false)]
    [InlineData("roster", "", "", "romeo@example.org/orchard", false)]
    [InlineData("roster", "", "", "nurse@example.org/house", true)]
    [InlineData("roster", "romeo@example.org", "", "romeo@example.org/orchard", true)]
    [InlineData("never", "romeo@example.org", "", "romeo@example.org/orchard", true)]
    [InlineData("never", "romeo@example.org/orchard", "", "romeo@example.org/orchard", true)]
    [InlineData("never", "romeo@example.org/garden", "", "romeo@example.org/orchard", false)]
    [InlineData("always", "", "romeo@example.org", "romeo@example.org/orchard", false)]
    [InlineData("always", "", "romeo@example.org/garden", "romeo@example.org/orchard", true)]
    [InlineData("always", "romeo@example.org", "romeo@example.org", "romeo@example.org/orchard", false)]
    [InlineData("always", "", "example.org", "romeo@example.org/orchard", true)]
    public async Task Default_and_lists_decide_by_the_other_end(string byDefault, string always, string never, string other, bool kept)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.SubscribeAsync("juliet@example.org", "nurse@example.org", Subscription.None);
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        (await juliet.IqAsync("set", null, Prefs(byDefault, always, never))).IsResult();
        var friend = await server.LoginAsync(other);

        await friend.SayAsync("juliet@example.org/balcony", "in");
        var message = await juliet.MessageAsync();
        await juliet.SayAsync(other, "out");

        Assert.Equal(kept, message.StanzaId("juliet@example.org") is not null);
        Assert.Equal(kept ? ["in", "out"] : [], (await juliet.ArchiveAsync()).Bodies);

        // What one end wants is not the other's business.
        await friend.ReceiveAllAsync();
        Assert.Equal(["in", "out"], (await friend.ArchiveAsync()).Bodies);
    }

    [Fact]
    public async Task A_change_counts_from_the_next_message_on()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await server.CreateAccountAsync("romeo@example.org");
        await juliet.SayAsync("romeo@example.org", "1");
        await juliet.IqAsync("set", null, Prefs("never", "", ""));
        await juliet.SayAsync("romeo@example.org", "2");
        await juliet.IqAsync("set", null, Prefs("always", "", ""));
        await juliet.SayAsync("romeo@example.org", "3");

        Assert.Equal(["1", "3"], (await juliet.ArchiveAsync()).Bodies);
    }

    [Fact]
    public async Task Preferences_that_another_process_changed_count_when_that_is_noticed()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");
        await server.CreateAccountAsync("romeo@example.org");
        await juliet.SayAsync("romeo@example.org", "1");
        await server.Get<IAccountDocumentStore>().SetAsync(
            Jid.Parse("juliet@example.org"), "archive", "preferences", Encoding.UTF8.GetBytes(Prefs("never", "", "")), 1, CancellationToken.None);

        foreach (var cache in (IEnumerable<IStorageCache>)server.Services.GetService(typeof(IEnumerable<IStorageCache>))!)
        {
            cache.Forget();
        }

        await juliet.SayAsync("romeo@example.org", "2");
        Assert.Equal(["1"], (await juliet.ArchiveAsync()).Bodies);
    }

    [Theory]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2'/>", "bad-request", "modify")]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2' default='sometimes'/>", "bad-request", "modify")]
    [InlineData("<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid>@</jid></never></prefs>", "jid-malformed", "modify")]
    public async Task Preferences_that_make_no_sense_are_refused(string set, string condition, string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        (await juliet.IqAsync("set", null, set)).IsError(condition, type);
    }

    [Fact]
    public async Task The_lists_are_bounded()
    {
        await using var server = await XmppTestServer.StartAsync();
        var juliet = await server.LoginAsync("juliet@example.org/balcony");

        (await juliet.IqAsync("set", null, Lists(250, 250))).IsResult();
        (await juliet.IqAsync("set", null, Lists(250, 251))).IsError("resource-constraint", "wait");

        static string Lists(int always, int never) =>
            $"<prefs xmlns='urn:xmpp:mam:2' default='always'><always>{Jids('a', always)}</always><never>{Jids('n', never)}</never></prefs>";

        static string Jids(char prefix, int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"<jid>{prefix}{i}@example.net</jid>"));
    }

    private static string Prefs(string byDefault, string always, string never) =>
        $"<prefs xmlns='urn:xmpp:mam:2' default='{byDefault}'>{List("always", always)}{List("never", never)}</prefs>";

    private static string List(string name, string jid) => jid.Length == 0 ? $"<{name}/>" : $"<{name}><jid>{jid}</jid></{name}>";
}
