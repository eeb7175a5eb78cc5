using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Parley.Server.Tests.Roster;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Accounts;

public class ForeignWriteTests
{
    [Fact]
    public async Task An_account_that_another_process_made_anew_has_nothing_of_the_one_before()
    {
        var writes = new ForeignWrites();
        await using var server = await XmppTestServer.StartAsync(build: build => build.Services.AddSingleton<IForeignWrites>(writes));
        var before = await server.LoginAsync("juliet@example.org/balcony");
        (await before.SetRosterAsync("<item jid='romeo@example.net'/>")).IsResult();
        (await before.IqAsync("set", null, "<block xmlns='urn:xmpp:blocking'><item jid='paris@example.net'/></block>")).IsResult();
        await before.DisposeAsync();
        await before.ServedAsync();

        await server.Get<IAccountStore>().RemoveAsync(Jid.Parse("juliet@example.org"), CancellationToken.None);
        writes.Version++;
        server.Time.Advance(TimeSpan.FromSeconds(2));

        var after = await server.LoginAsync("juliet@example.org/balcony");
        Assert.False((await after.RosterAsync())!.Value.HasChildren);
        Assert.False((await after.IqAsync("get", null, "<blocklist xmlns='urn:xmpp:blocking'/>")).IsResult()!.Value.HasChildren);
    }

    private sealed class ForeignWrites : IForeignWrites
    {
        internal long Version { get; set; }

        public ValueTask<long> VersionAsync(CancellationToken cancellationToken) => new(Version);
    }
}
