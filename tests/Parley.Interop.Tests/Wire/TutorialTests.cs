using System.Text;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Wire;

/// <summary>What an old tutorial on writing an XMPP client by hand sends, in that shape and order, and what it expects to read.</summary>
public sealed class TutorialTests
{
    private const string Header =
        "<?xml version='1.0' encoding='utf-8'?><stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

    private const string StartTls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    private const string Features = "</stream:features>";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_whole_conversation_goes_as_the_tutorial_says(bool tlsRequired)
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token, tlsRequired ? null : ["--allow-insecure"]);
        await RegisterAsync(parley, "juliet", time.Token);
        await RegisterAsync(parley, "romeo", time.Token);

        await using var juliet = await WireClient.ConnectAsync(parley.Port, time.Token);
        await juliet.SendAsync(Header, time.Token);
        var features = await juliet.ReadToAsync(Features, time.Token);
        Assert.Matches("^<\\?xml version=['\"]1.0['\"].*\\?><stream:stream ", features);
        Assert.Contains("from='localhost'", features, StringComparison.Ordinal);
        Assert.Matches("[^-]id='[^']{16,}'", features);
        Assert.Contains("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'", features, StringComparison.Ordinal);
        Assert.Equal(tlsRequired, features.Contains("<required/></starttls>", StringComparison.Ordinal));
        Assert.Equal(!tlsRequired, features.Contains("<mechanisms", StringComparison.Ordinal));

        await juliet.SendAsync(StartTls, time.Token);
        Assert.Equal("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", await juliet.ReadToAsync("/>", time.Token));
        await juliet.SecureAsync(time.Token);
        await LogInAsync(juliet, "juliet", "balcony", time.Token);

        await using var romeo = await WireClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
        await LogInAsync(romeo, "romeo", "orchard", time.Token);
        await juliet.SendAsync(
            "<message to='romeo@localhost/orchard' type='chat' id='m1'><body>Art thou not Romeo &amp; a Montague?</body></message>", time.Token);
        var heard = await romeo.ReadToAsync("</message>", time.Token);
        Assert.Contains("from='juliet@localhost/balcony'", heard, StringComparison.Ordinal);
        Assert.Contains("<body>Art thou not Romeo &amp; a Montague?</body>", heard, StringComparison.Ordinal);
        await romeo.SendAsync(
            "<message to='juliet@localhost/balcony' type='chat'><body>Neither, fair saint, if either thee dislike.</body></message>", time.Token);
        heard = await juliet.ReadToAsync("</message>", time.Token);
        Assert.Contains("from='romeo@localhost/orchard'", heard, StringComparison.Ordinal);
        Assert.Contains("<body>Neither, fair saint, if either thee dislike.</body>", heard, StringComparison.Ordinal);

        await juliet.SendAsync("<presence type='unavailable'/></stream:stream>", time.Token);
        Assert.EndsWith("</stream:stream>", await juliet.ReadToEndAsync(time.Token), StringComparison.Ordinal);
        await romeo.SendAsync("</stream:stream>", time.Token);
        Assert.EndsWith("</stream:stream>", await romeo.ReadToEndAsync(time.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_on_without_TLS_is_refused()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await RegisterAsync(parley, "juliet", time.Token);
        await using var juliet = await WireClient.ConnectAsync(parley.Port, time.Token);
        await juliet.SendAsync(Header, time.Token);
        await juliet.ReadToAsync(Features, time.Token);
        await juliet.SendAsync(Plain("juliet", "juliet"), time.Token);
        var refusal = await juliet.ReadToAsync("</", time.Token);
        Assert.DoesNotContain("<success", refusal, StringComparison.Ordinal);
        Assert.Matches("<encryption-required/>|<policy-violation |<not-authorized ", refusal);
    }

    [Fact]
    public async Task A_handshake_that_fails_ends_its_own_connection_alone()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await RegisterAsync(parley, "romeo", time.Token);
        await using var romeo = await StreamClient.LogInAsync(parley.DirectTlsPort, "romeo", time.Token, directTls: true);
        await using var juliet = await WireClient.ConnectAsync(parley.Port, time.Token);
        await juliet.SendAsync(Header, time.Token);
        await juliet.ReadToAsync(Features, time.Token);
        await juliet.SendAsync(StartTls, time.Token);
        await juliet.ReadToAsync("/>", time.Token);
        await juliet.SendAsync("<presence/> in place of a ClientHello", time.Token);
        Assert.DoesNotContain("<", await juliet.ReadToEndAsync(time.Token), StringComparison.Ordinal);
        await romeo.PingAsync(time.Token);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_the_right_one_taken_on_the_same_stream()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await RegisterAsync(parley, "juliet", time.Token);
        await using var juliet = await WireClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
        await juliet.SendAsync(Header, time.Token);
        await juliet.ReadToAsync(Features, time.Token);
        await juliet.SendAsync(Plain("juliet", "guess"), time.Token);
        var wrong = await juliet.ReadToAsync("</failure>", time.Token);
        await juliet.SendAsync(Plain("nobody", "guess"), time.Token);
        var unknown = await juliet.ReadToAsync("</failure>", time.Token);
        Assert.StartsWith("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/>", wrong, StringComparison.Ordinal);
        Assert.Equal(wrong, unknown);
        await juliet.SendAsync(Plain("juliet", "juliet"), time.Token);
        Assert.Equal("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", await juliet.ReadToAsync("/>", time.Token));
    }

    [Fact]
    public async Task A_resource_that_is_taken_goes_to_the_newcomer()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await RegisterAsync(parley, "juliet", time.Token);
        await using var first = await WireClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
        await LogInAsync(first, "juliet", "balcony", time.Token);
        await using var second = await WireClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
        await LogInAsync(second, "juliet", "balcony", time.Token);
        var goodbye = await first.ReadToEndAsync(time.Token);
        Assert.Matches("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>.*</stream:error></stream:stream>$", goodbye);
    }

    /// <summary>From the stream under TLS to the presence that makes the session available.</summary>
    private static async Task LogInAsync(WireClient client, string user, string resource, CancellationToken cancellationToken)
    {
        await client.SendAsync(Header, cancellationToken);
        var features = await client.ReadToAsync(Features, cancellationToken);
        Assert.DoesNotContain("<starttls", features, StringComparison.Ordinal);
        Assert.Contains("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>", features, StringComparison.Ordinal);
        Assert.Contains("<mechanism>PLAIN</mechanism>", features, StringComparison.Ordinal);

        await client.SendAsync(Plain(user, user), cancellationToken);
        Assert.Equal("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", await client.ReadToAsync("/>", cancellationToken));

        await client.SendAsync(Header, cancellationToken);
        features = await client.ReadToAsync(Features, cancellationToken);
        Assert.Contains("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'", features, StringComparison.Ordinal);
        Assert.Contains("<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>", features, StringComparison.Ordinal);
        Assert.DoesNotContain("<mechanisms", features, StringComparison.Ordinal);

        await client.SendAsync(
            $"<iq type='set' id='bind_1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind></iq>", cancellationToken);
        var bound = await client.ReadToAsync("</iq>", cancellationToken);
        Assert.Matches("^<iq .*type='result'", bound);
        Assert.Contains("id='bind_1'", bound, StringComparison.Ordinal);
        Assert.Contains($"<jid>{user}@localhost/{resource}</jid>", bound, StringComparison.Ordinal);

        await client.SendAsync("<iq type='set' id='sess_1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", cancellationToken);
        var session = await client.ReadToAsync("/>", cancellationToken);
        Assert.Contains("id='sess_1'", session, StringComparison.Ordinal);
        Assert.Contains("type='result'", session, StringComparison.Ordinal);
        await client.SendAsync("<presence><show>chat</show></presence>", cancellationToken);
    }

    private static string Plain(string user, string password) =>
        $"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"))}</auth>";

    private static async Task RegisterAsync(ParleyProcess parley, string user, CancellationToken cancellationToken)
    {
        await using var client = await StreamClient.ConnectAsync(parley.DirectTlsPort, cancellationToken, directTls: true);
        await client.RegisterAsync(user, cancellationToken);
    }
}
