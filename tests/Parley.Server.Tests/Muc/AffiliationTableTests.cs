using Parley.Protocol.Extensions.Muc;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.AdminClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Who may give whom which affiliation (XEP-0045 §5.2.1, §5.2.2, §9.1 to §9.5, §10.3 to §10.8): every affiliation against every other.</summary>
public sealed class AffiliationTableTests
{
    private static readonly string[] All = ["outcast", "none", "member", "admin", "owner"];

    // From outside of the room, and in it with the role that the affiliation gives or that of a moderator.
    public static TheoryData<string, bool> Actors => [.. All.Select(static actor => (actor, false)), .. All.Skip(1).Select(static actor => (actor, true))];

    [Theory]
    [MemberData(nameof(Actors))]
    public async Task What_is_allowed_to_whom_is_as_the_tables_say(string affiliation, bool isModerator)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(
            Coven,
            [
                Member("crone1@example.org", MucAffiliation.Owner),
                Member("actor@example.org", MucNames.ParseAffiliation(affiliation)),
                .. All.Select(static other => Member($"{other}@example.net", MucNames.ParseAffiliation(other))),
            ]);
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"{Coven}/firstwitch");
        var actor = await server.LoginAsync("actor@example.org/x");
        if (isModerator)
        {
            await actor.EnterAsync($"{Coven}/actor");
            await crone.ChangeAsync(Item("nick=actor role=moderator"));
        }

        foreach (var his in All)
        {
            foreach (var wanted in All)
            {
                var answer = await actor.AdminAsync("set", Item($"affiliation={wanted} jid={his}@example.net"));
                var expected = Expected(affiliation, his, wanted);
                var error = answer.Attribute("type") == "error" ? answer.Child("error", "jabber:client")!.Value : default;
                var seen = answer.Attribute("type") == "result" ? "ok"
                    : error.Child("forbidden", "urn:ietf:params:xml:ns:xmpp-stanzas") is not null ? $"forbidden {error.Attribute("type")}"
                    : error.Child("not-allowed", "urn:ietf:params:xml:ns:xmpp-stanzas") is not null ? $"not-allowed {error.Attribute("type")}"
                    : answer.ToText();
                Assert.True(expected == seen, $"{affiliation} makes {his} {wanted}: {expected} was expected, {seen} came");
                if (seen == "ok" && his != wanted)
                {
                    await crone.ChangeAsync(Item($"affiliation={his} jid={his}@example.net"));
                }
            }
        }
    }

    // Written after the text, not after the code.
    private static string Expected(string affiliation, string his, string wanted) => affiliation switch
    {
        "owner" => "ok",
        not "admin" => "forbidden auth",

        // §9.1, and §5.2.2: admins and owners are for owners to ban.
        _ when wanted == "outcast" && (his is "admin" or "owner") => "not-allowed cancel",

        // §10.5, §10.8: "If a non-owner attempts to modify the admin list ...".
        _ when wanted is "admin" or "owner" || his is "admin" or "owner" => "forbidden auth",
        _ => "ok",
    };
}
