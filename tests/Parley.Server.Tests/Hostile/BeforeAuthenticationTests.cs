using Parley.Protocol;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>Who has proved nothing, or bound nothing, gets nowhere.</summary>
public class BeforeAuthenticationTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    public static TheoryData<Transport, string, string> Stanzas => Rows.OverEveryTransport(
        (HostileServer.ToWitness, "not-authorized"),
        ("<presence/>", "not-authorized"),
        ("<presence to='witness@example.org' type='subscribe'/>", "not-authorized"),
        ("<iq type='get' id='1' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "not-authorized"),
        ("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", "not-authorized"),
        ("<iq type='result' id='1' to='witness@example.org/w'/>", "not-authorized"),
        ($"<iq type='set' id='1'><session xmlns='{Namespaces.Session}'/></iq>", "not-authorized"),
        ("<iq/>", "not-authorized"));

    public static TheoryData<Transport, string, string> NotYet => Rows.OverEveryTransport(
        ($"<iq type='set' id='1'><bind xmlns='{Namespaces.Bind}'/></iq>", "not-authorized"),
        ("<unknown xmlns='urn:x'/>", "not-authorized"),
        ("<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>", "not-authorized"),
        ("<handshake xmlns='jabber:component:accept'/>", "not-authorized"));

    [Theory]
    [MemberData(nameof(Stanzas))]
    [MemberData(nameof(NotYet))]
    public Task Before_authentication_a_stanza_ends_the_stream(Transport transport, string input, string condition) =>
        hostile.EndsStreamAsync(Progress.Opened, transport, input, condition);

    [Theory]
    [MemberData(nameof(Stanzas))]
    public Task Before_binding_a_stanza_ends_the_stream(Transport transport, string input, string condition) =>
        hostile.EndsStreamAsync(Progress.Authenticated, transport, input, condition);
}
