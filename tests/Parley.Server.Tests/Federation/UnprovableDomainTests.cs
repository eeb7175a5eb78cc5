using System.Net.Security;
using Parley.Protocol;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.CertificatePeer;
using static Parley.Server.Tests.Federation.ManagedServerPeer;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>A domain of ours that another server does not take: whoever sends hears so at once, and why (RFC 6120 §8.3.3.16); or it may be taken on a stream of its own (XEP-0220 §2.5). The other server is played.</summary>
public sealed class UnprovableDomainTests : IDisposable
{
    private const string Verona = "verona.example";
    private readonly TestNetwork _network = new();
    private readonly CertificatePeer _capulet;

    public UnprovableDomainTests() => _capulet = new CertificatePeer(_network);

    public void Dispose() => _capulet.Dispose();

    [Fact]
    public async Task A_refused_certificate_is_told_at_once_and_shown_again_on_another_stream_when_it_is_time()
    {
        using var certificate = new TestCertificate(Montague);
        await using var server = await StartAsync(certificate: certificate);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1", "2");
        var (stream, _) = await _capulet.AcceptAsync(External, Montague);
        await romeo.BarrierAsync();

        await RefuseAsync(stream, Montague);

        await ExpectErrorAsync(romeo, "1", $"refused EXTERNAL (not-authorized) and offers no dialback: it has to trust the authority of the certificate of {Montague}");
        await ExpectErrorAsync(romeo, "2", "not-authorized");
        await ExpectClosedAsync(stream);
        await SendAsync(romeo, "3");
        await ExpectErrorAsync(romeo, "3", "not-authorized");
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await SendAsync(romeo, "4");
        await (await _capulet.TakeAsync(Montague)).ExpectMessagesAsync("4");
        Assert.Equal(2, _network.Connections);
    }

    // XEP-0178 §3, step 11: who refuses the certificate may close the connection.
    [Fact]
    public async Task A_server_that_closes_the_connection_with_that_is_understood()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var (stream, _) = await _capulet.AcceptAsync(External, Montague);

        await RefuseAsync(stream, Montague);
        await stream.SendAsync("</stream:stream>");

        await ExpectErrorAsync(romeo, "1", "refused EXTERNAL (not-authorized)");
    }

    [Theory]
    [InlineData("not-authorized", "not-authorized (it may ask for a certificate: 'parley doctor capulet.example' tells)")]
    [InlineData("policy-violation", "policy-violation (it may allow no exchange, or ask for TLS or a certificate: 'parley doctor capulet.example' tells)")]
    public async Task A_refused_key_comes_back_with_what_tells_more(string condition, string text)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var (stream, _) = await _capulet.AcceptAsync(Features, Montague);

        await RefuseKeyAsync(stream, Montague, condition);

        await ExpectErrorAsync(romeo, "1", $"{Capulet} did not accept {Montague}: {text}");
    }

    [Fact]
    public async Task A_server_that_ends_the_stream_for_its_policy_is_told_of_with_what_tells_more()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var (stream, _) = await _capulet.AcceptAsync("", Montague);

        await stream.SendAsync($"<stream:error><policy-violation xmlns='{Namespaces.StreamErrors}'/></stream:error></stream:stream>");

        await ExpectErrorAsync(romeo, "1", "it ended the stream: policy-violation (it may allow no exchange");
    }

    [Fact]
    public async Task A_second_domain_that_the_certificate_does_not_name_is_told_so_at_once()
    {
        using var certificate = new TestCertificate(Montague);
        await using var server = await StartAsync(certificate: certificate);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        await SendAsync(romeo, "1");
        var first = await _capulet.TakeAsync(Montague);
        await first.ExpectMessagesAsync("1");

        await SendAsync(duke, "2");
        var (second, _) = await _capulet.AcceptAsync(Nothing, Verona);

        await ExpectErrorAsync(duke, "2", $"offers neither EXTERNAL nor dialback: the certificate that is shown does not name {Verona}");
        await ExpectClosedAsync(second);
        await SendAsync(romeo, "3");
        await first.ExpectMessagesAsync("3");
    }

    [Fact]
    public async Task A_refused_domain_takes_no_other_with_it()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        await SendAsync(romeo, "1");
        var (stream, _) = await _capulet.AcceptAsync(External, Montague);
        await SendAsync(duke, "2");
        await duke.BarrierAsync();

        await RefuseAsync(stream, Montague);

        await ExpectErrorAsync(romeo, "1", "not-authorized");
        await (await _capulet.TakeAsync(Verona)).ExpectMessagesAsync("2");
    }

    [Fact]
    public async Task Each_domain_shows_its_own_certificate()
    {
        using var montague = new TestCertificate(Montague);
        using var verona = new TestCertificate(Verona);
        await using var server = await StartAsync(certificate: new Certificates(montague, verona));
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        await SendAsync(romeo, "1");
        await (await _capulet.TakeAsync(Montague)).ExpectMessagesAsync("1");

        await SendAsync(duke, "2");
        var second = await _capulet.TakeAsync(Verona);

        await second.ExpectMessagesAsync("2");
        Assert.Equal([montague.Certificate, verona.Certificate], _capulet.Shown);
    }

    // Dialback without a stream feature is older than stream features are (XEP-0220 §2.4.1).
    [Fact]
    public async Task A_server_that_offers_nothing_but_declares_dialback_is_sent_a_key()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var (stream, _) = await _capulet.AcceptAsync(Nothing, [Montague], isOld: true);

        await stream.AcceptKeyAsync(Montague);

        await stream.ExpectMessagesAsync("1");
    }

    [Theory]
    [InlineData("resource-constraint")]
    [InlineData("not-authorized")]
    public async Task A_further_domain_for_which_a_stream_has_no_room_or_no_proof_is_tried_on_its_own_once(string condition)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        await SendAsync(romeo, "1");
        var (first, _) = await _capulet.AcceptAsync(Features, Montague);
        await first.AcceptKeyAsync(Montague);
        await first.ExpectMessagesAsync("1");
        await SendAsync(duke, "2");
        await RefuseKeyAsync(first, Verona, condition);

        var (second, _) = await _capulet.AcceptAsync(Features, Verona);
        await second.AcceptKeyAsync(Verona);
        await second.ExpectMessagesAsync("2");
        await SendAsync(romeo, "3");
        await first.ExpectMessagesAsync("3");

        // Where it is refused there, too, it is given up.
        await second.DisposeAsync();
        await SendAsync(duke, "4");
        var (third, _) = await _capulet.AcceptAsync(Features, Verona);
        await RefuseKeyAsync(third, Verona, condition);
        await ExpectErrorAsync(duke, "4", condition);
        Assert.Equal(3, _network.Connections);
    }

    [Theory]
    [InlineData("policy-violation")]
    [InlineData("item-not-found")]
    [InlineData("remote-server-timeout")]
    public async Task What_another_stream_does_not_change_is_told_at_once(string condition)
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        var duke = await server.LoginAsync($"duke@{Verona}/court");
        await SendAsync(romeo, "1");
        var (first, _) = await _capulet.AcceptAsync(Features, Montague);
        await first.AcceptKeyAsync(Montague);
        await first.ExpectMessagesAsync("1");
        await SendAsync(duke, "2");

        await RefuseKeyAsync(first, Verona, condition);

        await ExpectErrorAsync(duke, "2", condition);
        Assert.Equal(1, _network.Connections);
    }

    [Fact]
    public async Task The_domain_that_a_stream_was_opened_for_is_not_tried_on_another()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var (stream, _) = await _capulet.AcceptAsync(Features, Montague);

        await RefuseKeyAsync(stream, Montague, "resource-constraint");

        await ExpectErrorAsync(romeo, "1", "resource-constraint");
        Assert.Equal(1, _network.Connections);
    }

    [Fact]
    public async Task Where_nothing_is_left_of_a_lost_stream_its_time_is_no_failure_of_the_other_server()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await SendAsync(romeo, "1");
        var first = await _capulet.TakeAsync(Montague, Managed);
        await first.BeEnabledAsync(null);
        await first.ExpectMessagesAsync("1");
        Assert.Equal(0u, await first.AskHandledAsync());
        await first.DisposeAsync();
        var (second, _) = await _capulet.AcceptAsync(Features, Montague);
        Assert.True((await second.ReceiveAsync()).Is("result", Dialback));
        await second.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='invalid'/></stream:stream>");
        var error = await romeo.MessageAsync();
        Assert.Equal(("1", "error"), (error.Attribute("id"), error.Attribute("type")));
        await second.ServedAsync();

        // As long as a lost stream is waited for.
        server.Time.Advance(TimeSpan.FromSeconds(121));
        await SendAsync(romeo, "2");

        await (await _capulet.TakeAsync(Montague)).ExpectMessagesAsync("2");
    }

    private static Task SendAsync(TestClient client, params string[] ids) =>
        client.SendAsync(string.Concat(ids.Select(static id => $"<message id='{id}' to='juliet@{Capulet}'><body>{id}</body></message>")));

    private static async Task RefuseKeyAsync(TestClient stream, string local, string condition)
    {
        var key = await stream.ReceiveAsync(static element => element.Is("result", Dialback));
        Assert.Equal(local, key.Attribute("from"));
        await stream.SendAsync(
            $"<db:result from='{Capulet}' to='{local}' type='error'><error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>");
    }

    private static async Task ExpectErrorAsync(TestClient client, string id, string text)
    {
        var error = await client.MessageAsync();
        Assert.Equal(id, error.Attribute("id"));
        error.IsError("remote-server-timeout", "wait");
        Assert.Contains(text, error.Child("error", Namespaces.Client)?.Child("text", Namespaces.StanzaErrors)?.Text, StringComparison.Ordinal);
    }

    private static async Task ExpectClosedAsync(TestClient stream)
    {
        await stream.ExpectStreamCloseAsync();
        await stream.SendAsync("</stream:stream>");
        await stream.ExpectEndAsync();
        await stream.ServedAsync();
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null, ICertificateSource? certificate = null) =>
        _network.StartAsync("192.0.2.1", [Montague, Verona], options, certificate);

    private sealed class Certificates(TestCertificate montague, TestCertificate verona) : ICertificateSource
    {
        public SslStreamCertificateContext? Find(string? domain) => (domain == Verona ? verona : montague).Find(domain);
    }
}
