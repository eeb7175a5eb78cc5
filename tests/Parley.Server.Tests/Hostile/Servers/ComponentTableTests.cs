using Parley.Protocol;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>What an evil component sends, before its handshake and after it.</summary>
public class ComponentTableTests(EvilNetworkFixture evil) : IClassFixture<EvilNetworkFixture>
{
    public static TheoryData<string, string> Headers => Table(StreamHeaderTests.Bad

        // A component's header says no version (XEP-0114 §3), and its domain is another.
        .Where(static row => row.Outcome != "unsupported-version" && !row.Input.Contains("'example.org/x'", StringComparison.Ordinal))
        .Select(static row => (row.Input.Replace("'jabber:client'", "'jabber:component:accept'", StringComparison.Ordinal).Replace("example.org", EvilNetwork.Plays, StringComparison.Ordinal), row.Outcome))
        .Append((Header("to='example.org'"), "host-unknown"))
        .Append((Header("to='plays.example.org/x'"), "host-unknown"))
        .Append((Header("to='victim.example'"), "host-unknown")));

    public static TheoryData<string, string> Malformed => Table(XmlRows.Malformed);

    public static TheoryData<string, string> TooEarly => Table(
    [
        ("<handshake/>", "not-authorized"),
        ("<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>", "not-authorized"),
        ($"<handshake>{new string('0', 40)}</handshake>", "not-authorized"),
        ($"<handshake>{new string('0', 9000)}</handshake>", "policy-violation"),
        ("<handshake xmlns='jabber:client'>0</handshake>", "not-authorized"),
        (EvilNetwork.Messages(EvilNetwork.Plays), "not-authorized"),
        ("<iq type='get' id='1' from='plays.example.org' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "not-authorized"),
        ("<presence from='m@plays.example.org' to='witness@example.org' type='subscribe'/>", "not-authorized"),
        ($"<starttls xmlns='{Namespaces.Tls}'/>", "not-authorized"),
        ($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>AA==</auth>", "not-authorized"),
        ("<db:result xmlns:db='jabber:server:dialback' from='plays.example.org' to='example.org'>x</db:result>", "not-authorized"),
        ("<unknown/>", "not-authorized"),
        ("<?xml version='1.0'?>", "restricted-xml"),
        (Header("to='plays.example.org'"), "invalid-xml"),
        ("text", "invalid-xml"),
    ]);

    public static TheoryData<string, string> ForOthers => Table(
    [
        ("<message to='witness@example.org/w'/>", "improper-addressing"),
        ("<message from='m@plays.example.org'/>", "improper-addressing"),
        ("<message from='' to='witness@example.org/w'/>", "improper-addressing"),
        ("<message from='@' to='witness@example.org/w'/>", "improper-addressing"),
        ("<message from='m@example.org' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='example.org' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='m@sub.plays.example.org' to='witness@example.org/w'/>", "invalid-from"),
        ("<message from='m@victim.example' to='absent@example.org'/>", "invalid-from"),
        ("<presence from='absent@example.org' to='witness@example.org' type='subscribed'/>", "invalid-from"),
        ("<iq type='result' id='1' from='example.org' to='witness@example.org/w'/>", "invalid-from"),
        ("<handshake>x</handshake>", "unsupported-stanza-type"),
        ("<unknown/>", "unsupported-stanza-type"),
        ("<message xmlns='jabber:server' from='m@plays.example.org' to='witness@example.org/w'/>", "unsupported-stanza-type"),
        ("<db:result xmlns:db='jabber:server:dialback' from='plays.example.org' to='example.org'>x</db:result>", "unsupported-stanza-type"),
        (Header("to='plays.example.org'"), "invalid-xml"),
        ("text", "invalid-xml"),
        ($"<message from='m@plays.example.org' to='witness@example.org/w'><body>{new string('x', 256 * 1024)}</body></message>", "policy-violation"),
    ]);

    [Theory]
    [MemberData(nameof(Headers))]
    public Task A_bad_header_ends_the_stream(string header, string condition) =>
        evil.EndsStreamAsync(evil.Network.Server.ConnectComponent(), header, condition);

    [Theory]
    [MemberData(nameof(Malformed))]
    [MemberData(nameof(TooEarly))]
    public async Task Before_the_handshake_it_ends_the_stream(string input, string condition)
    {
        var component = evil.Network.Server.ConnectComponent();
        await component.SendHeaderAsync(EvilNetwork.Plays);
        await component.ReceiveHeaderAsync();
        await evil.EndsStreamAsync(component, input, condition);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    [MemberData(nameof(ForOthers))]
    public async Task After_the_handshake_it_ends_the_stream(string input, string condition) =>
        await evil.EndsStreamAsync(
            await evil.Network.Server.ComponentAsync(EvilNetwork.Plays),
            input.Contains("from=", StringComparison.Ordinal) || condition == "improper-addressing"
                ? input
                : input.Replace(XmlRows.Witness, $"from='m@{EvilNetwork.Plays}' {XmlRows.Witness}", StringComparison.Ordinal),
            condition);

    [Fact]
    public async Task A_thousand_guessed_handshakes_let_nobody_in()
    {
        for (var i = 0; i < 1000; i++)
        {
            var component = evil.Network.Server.ConnectComponent();
            await component.HandshakeAsync(EvilNetwork.Plays, $"guess {i}");
            await component.SendAsync(EvilNetwork.Messages(EvilNetwork.Plays));
            await component.ExpectStreamErrorAsync("not-authorized");
        }

        await evil.Network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task A_handshake_of_another_stream_is_of_no_use()
    {
        var genuine = evil.Network.Server.ConnectComponent();
        await genuine.SendHeaderAsync(EvilNetwork.Plays);
        await genuine.ReceiveHeaderAsync();
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData(System.Text.Encoding.UTF8.GetBytes(genuine.Header!.Id + EvilNetwork.Secret)));

        var component = evil.Network.Server.ConnectComponent();
        await component.SendHeaderAsync(EvilNetwork.Plays);
        await component.ReceiveHeaderAsync();
        await evil.EndsStreamAsync(component, $"<handshake>{hash}</handshake>", "not-authorized");
    }

    private static TheoryData<string, string> Table(IEnumerable<(string Input, string Outcome)> rows)
    {
        var data = new TheoryData<string, string>();
        foreach (var (input, outcome) in rows)
        {
            data.Add(input, outcome);
        }

        return data;
    }

    private static string Header(string to) => $"<stream:stream xmlns='jabber:component:accept' xmlns:stream='{Namespaces.Streams}' {to}>";
}
