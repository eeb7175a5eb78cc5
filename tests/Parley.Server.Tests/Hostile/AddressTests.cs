using Parley.Protocol;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>Addresses that are no addresses, or not one's own.</summary>
public class AddressTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    private static readonly string[] Malformed =
    [
        "@example.org", "example.org/", "mallory@", "mallory@/m", "a@b@example.org", "mal lory@example.org", "mal&quot;lory@example.org",
        "\u200B@example.org", "\u0378@example.org", "mallory@example.org/\u0378", "mallory@exa mple.org", "mallory@-example.org",
        "mallory@example..org", "mallory@example.org/a&#x9;b", new string('x', 1024) + "@example.org", "x@" + new string('x', 1024),
        "x@example.org/" + new string('x', 1024), new string('\u00E9', 512) + "@example.org",
        "x@" + new string('x', 64) + ".example.org",
    ];

    public static TheoryData<string, string> MalformedRecipients
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var to in Malformed.Append(""))
            {
                data.Add($"<message to='{to}' id='1'><body/></message>", "message");
                data.Add($"<iq to='{to}' id='1' type='get'><x xmlns='urn:x'/></iq>", "iq");
                data.Add($"<presence to='{to}' id='1'/>", "presence");
            }

            return data;
        }
    }

    public static TheoryData<Transport, string, string> ForeignSenders
    {
        get
        {
            string[] senders = ["witness@example.org/w", "witness@example.org", "example.org", "mallory@example.org/other", "mallory@example.net/m", "@", "", .. Malformed];
            return Rows.OverEveryTransport([.. senders.SelectMany(from => new[]
            {
                ($"<message from='{from}' to='witness@example.org/w'/>", "invalid-from"),
                ($"<iq from='{from}' to='witness@example.org/w' type='get' id='1'><x xmlns='urn:x'/></iq>", "invalid-from"),
                ($"<presence from='{from}' to='witness@example.org'/>", "invalid-from"),
            })]);
        }
    }

    [Theory]
    [MemberData(nameof(ForeignSenders))]
    public Task A_sender_that_is_not_oneself_ends_the_stream(Transport transport, string input, string condition) =>
        hostile.EndsStreamAsync(
            Progress.Bound, transport, System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(input)), condition);

    [Theory]
    [InlineData("mallory@example.org/m")]
    [InlineData("mallory@example.org")]
    [InlineData("MALLORY@Example.ORG/m")]
    [InlineData("\uFF4Dallory@example.org/m")]
    public async Task Ones_own_address_is_taken_in_any_spelling_and_stamped_as_it_is(string from)
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.Plaintext);
        await client.SendAsync($"<message from='{from}' to='Mallory@EXAMPLE.org/m'/>");
        var message = await client.MessageAsync();
        Assert.Equal("mallory@example.org/m", message.Attribute("from"));
        Assert.Equal("mallory@example.org/m", message.Attribute("to"));
    }

    [Theory]
    [MemberData(nameof(MalformedRecipients))]
    public async Task A_recipient_that_is_no_address_is_an_error_and_the_stream_goes_on(string input, string kind)
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.Plaintext);
        await client.SendAsync(input);
        var error = await client.ReceiveAsync();
        Assert.Equal(kind, error.LocalName);
        Assert.Equal("1", error.Attribute("id"));
        error.IsError("jid-malformed", "modify");
        await client.ExpectNothingAsync();
        await hostile.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData("<message to='@' type='error'/>")]
    [InlineData("<iq to='@' type='error' id='1'/>")]
    [InlineData("<iq to='@' type='result' id='1'/>")]
    [InlineData("<presence to='@' type='error'/>")]
    public async Task What_must_not_be_answered_is_not(string input)
    {
        var client = await hostile.ReachAsync(Progress.Bound, Transport.Plaintext);
        await client.SendAsync(input);
        await client.ExpectNothingAsync();
    }

    [Theory]
    [InlineData(Transport.Plaintext, 0xC3)]
    [InlineData(Transport.DirectTls, 0xE2)]
    [InlineData(Transport.WebSocket, 0xE2)]
    public async Task An_address_cut_within_a_character_is_not_well_formed(Transport transport, byte lead) =>
        await hostile.EndsStreamAsync(Progress.Bound, transport, $"<message to='witness{(char)lead}@example.org/w'/>", "not-well-formed");

    [Fact]
    public async Task Accounts_are_one_whatever_the_spelling()
    {
        await hostile.Server.CreateAccountAsync("jos\u00E9@example.org");
        var client = await hostile.Server.OpenAsync();
        await client.AuthenticateAsync("JOSE\u0301", XmppTestServer.Password);
        await client.BindAsync("r");
        Assert.Equal("jos\u00E9@example.org/r", client.Jid);
    }
}
