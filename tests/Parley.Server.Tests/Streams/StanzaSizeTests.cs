using System.Globalization;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>The limit that is advertised (XEP-0478) is the one that holds (XEP-0205 §4.5).</summary>
public class StanzaSizeTests
{
    [Fact]
    public async Task An_element_of_the_advertised_size_is_accepted_and_one_byte_more_is_not()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.StanzaLimits = options.StanzaLimits with { MaxBytes = 10_000 });
        var client = await server.LoginAsync("alice@example.org/desk");
        var max = int.Parse(
            client.Features.Child("limits", "urn:xmpp:stream-limits:0")!.Value.Child("max-bytes", "urn:xmpp:stream-limits:0")!.Value.Text,
            CultureInfo.InvariantCulture);
        Assert.Equal(10_000, max);

        await client.SendAsync(Message(max));
        Assert.Equal("alice@example.org/desk", (await client.MessageAsync()).Attribute("from"));

        await client.SendAsync(Message(max + 1));
        var error = await client.ExpectStreamErrorAsync("policy-violation");
        Assert.NotNull(error.Child("stanza-too-big", "urn:xmpp:errors"));
    }

    private static string Message(int bytes)
    {
        const string Empty = "<message to='alice@example.org/desk'><body></body></message>";
        return Empty.Replace("></body>", $">{new string('x', bytes - Empty.Length)}</body>", StringComparison.Ordinal);
    }
}
