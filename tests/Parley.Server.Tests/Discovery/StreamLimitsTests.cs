using System.Globalization;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Discovery;

public class StreamLimitsTests
{
    private const string Namespace = "urn:xmpp:stream-limits:0";

    [Theory]
    [InlineData(Transport.Plaintext)]
    [InlineData(Transport.StartTls)]
    [InlineData(Transport.DirectTls)]
    public async Task Limits_are_those_that_hold_now(Transport transport)
    {
        await using var server = await XmppTestServer.StartAsync(options =>
        {
            options.StanzaLimits = XmlLimits.Default with { MaxBytes = 20_000 };
            options.IdleTimeout = TimeSpan.FromMinutes(30);
        });
        await server.CreateAccountAsync("alice@example.org");
        var alice = await server.OpenAsync(transport);
        Assert.Equal((XmlLimits.BeforeAuthentication.MaxBytes, null), Read(alice));

        await alice.AuthenticateAsync("alice", XmppTestServer.Password);
        Assert.Equal((20_000, 1800), Read(alice));
    }

    [Fact]
    public async Task Without_an_idle_timeout_there_is_none()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");

        Assert.Equal((XmlLimits.Default.MaxBytes, null), Read(alice));
    }

    [Fact]
    public async Task A_stanza_of_the_size_that_is_told_is_taken_and_one_byte_more_is_not()
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");
        var bob = await server.LoginAsync("bob@example.org/phone");
        var most = Read(alice).Bytes;

        await alice.SendAsync(Message(most));
        Assert.NotNull((await bob.MessageAsync()).Body());

        await alice.SendAsync(Message(most + 1));
        await alice.ExpectStreamErrorAsync("policy-violation");

        static string Message(int size)
        {
            const string start = "<message to='bob@example.org/phone'><body>";
            const string end = "</body></message>";
            return $"{start}{new string('a', size - start.Length - end.Length)}{end}";
        }
    }

    private static (int Bytes, int? Seconds) Read(TestClient client)
    {
        var limits = client.Features.Child("limits", Namespace)!.Value;
        return (Number("max-bytes")!.Value, Number("idle-seconds"));

        int? Number(string name) => limits.Child(name, Namespace) is { } child ? int.Parse(child.Text, CultureInfo.InvariantCulture) : null;
    }
}
