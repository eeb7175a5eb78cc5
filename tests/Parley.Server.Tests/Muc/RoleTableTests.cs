using Parley.Protocol.Extensions.Muc;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Muc.AdminClient;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>Who may give whom which role (XEP-0045 §5.1.1, §5.1.3, §8.2 to §8.4, §9.6, §9.7): every affiliation and role against every other.</summary>
public sealed class RoleTableTests
{
    private static readonly (string Affiliation, string Role)[] All =
    [
        ("none", "visitor"), ("none", "participant"), ("none", "moderator"),
        ("member", "visitor"), ("member", "participant"), ("member", "moderator"),
        ("admin", "moderator"), ("owner", "moderator"),
    ];

    public static TheoryData<string, string> Actors => [.. All.Select(static actor => (actor.Affiliation, actor.Role))];

    [Theory]
    [MemberData(nameof(Actors))]
    public async Task What_is_allowed_to_whom_is_as_the_tables_say(string affiliation, string role)
    {
        await using var server = await XmppTestServer.StartAsync();
        await server.StoreAsync(
            Coven,
            [
                Member("crone1@example.org", MucAffiliation.Owner),
                Member("actor@example.org", MucNames.ParseAffiliation(affiliation)),
                .. All.Select(static other => Member($"{other.Affiliation}-{other.Role}@example.org", MucNames.ParseAffiliation(other.Affiliation))),
            ],
            "muc#roomconfig_moderatedroom=1");
        var crone = await server.LoginAsync("crone1@example.org/desktop");
        await crone.EnterAsync($"{Coven}/firstwitch");
        var actor = await EnterAsync(server, crone, "actor", affiliation, role);
        var others = new Dictionary<string, TestClient>();
        foreach (var other in All)
        {
            var name = $"{other.Affiliation}-{other.Role}";
            others.Add(name, await EnterAsync(server, crone, name, other.Affiliation, other.Role));
        }

        foreach (var (itsAffiliation, itsRole) in All)
        {
            foreach (var wanted in new[] { "visitor", "participant", "moderator", "none" })
            {
                var name = $"{itsAffiliation}-{itsRole}";
                var answer = await actor.AdminAsync("set", Item($"nick={name} role={wanted}"));
                var expected = Expected(affiliation, role, itsAffiliation, itsRole, wanted);
                var error = answer.Attribute("type") == "error" ? answer.Child("error", "jabber:client")!.Value : default;
                var seen = answer.Attribute("type") == "result" ? "ok"
                    : error.Child("forbidden", "urn:ietf:params:xml:ns:xmpp-stanzas") is not null ? $"forbidden {error.Attribute("type")}"
                    : error.Child("not-allowed", "urn:ietf:params:xml:ns:xmpp-stanzas") is not null ? $"not-allowed {error.Attribute("type")}"
                    : answer.ToText();
                Assert.True(expected == seen, $"{affiliation} {role} makes {name} {wanted}: {expected} was expected, {seen} came");
                if (seen != "ok")
                {
                    continue;
                }

                // As before, for the next.
                if (wanted == "none")
                {
                    others[name] = await EnterAsync(server, crone, name, itsAffiliation, itsRole, others[name]);
                }
                else if (wanted != itsRole)
                {
                    await crone.ChangeAsync(Item($"nick={name} role={itsRole}"));
                }
            }
        }
    }

    // Written after the text, not after the code.
    private static string Expected(string affiliation, string role, string itsAffiliation, string itsRole, string wanted)
    {
        string[] levels = ["none", "member", "admin", "owner"];
        var (own, his) = (Array.IndexOf(levels, affiliation), Array.IndexOf(levels, itsAffiliation));
        var isAdmin = own >= 2;
        const string notAllowed = "not-allowed cancel";
        const string forbidden = "forbidden auth";
        if (role != "moderator")
        {
            return forbidden;
        }

        switch (wanted)
        {
            // §8.2: not by a lower affiliation; §5.1.1, §5.1.3: moderators kick participants and visitors, admins and owners moderators.
            case "none":
                return own < his || (itsRole == "moderator" && !isAdmin) ? notAllowed : "ok";

            // §9.6.
            case "moderator":
                return isAdmin ? "ok" : forbidden;

            // §8.4, §9.7: of an admin or owner by nobody.
            case "participant" or "visitor" when his >= 2:
                return notAllowed;

            // §8.4: "whose affiliation is at or above the moderator's level".
            case "visitor" when itsRole != "visitor" && his >= own:
                return notAllowed;

            // §9.7.
            default:
                return itsRole == "moderator" && !isAdmin ? forbidden : "ok";
        }
    }

    private static async Task<TestClient> EnterAsync(
        XmppTestServer server, TestClient crone, string name, string affiliation, string role, TestClient? again = null)
    {
        var client = again ?? await server.LoginAsync($"{name}@example.org/x");
        await client.EnterAsync($"{Coven}/{name}");
        var isDefault = role == affiliation switch { "none" => "visitor", "member" => "participant", _ => "moderator" };
        if (!isDefault)
        {
            await crone.ChangeAsync(Item($"nick={name} role={role}"));
        }

        return client;
    }
}
