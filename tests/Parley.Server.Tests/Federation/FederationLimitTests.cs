using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Net;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>What other servers can make grow, and what becomes of it at the limit. Capulet is played.</summary>
public sealed class FederationLimitTests : IDisposable
{
    private const int MaxPairs = 256;
    private const int MaxPending = 16;
    private const int MaxQuestions = 256;
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-limits-").FullName;
    private readonly TestNetwork _network = new();
    private readonly TestCertificate _certificate = new(Capulet, $"*.{Capulet}");
    private readonly ChannelReader<TestClient> _accepted;

    public FederationLimitTests() => _accepted = _network.Play(Capulet, "192.0.2.9", _certificate);

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _certificate.Dispose();
    }

    [Fact]
    public async Task A_domain_that_failed_makes_room_when_it_may_be_tried_again()
    {
        await using var server = await StartAsync(static options => options.Federation.MaxRemoteDomains = 1);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await ExpectErrorAsync(romeo, "nowhere.example", "remote-server-not-found", "cancel");
        await ExpectErrorAsync(romeo, Capulet, "resource-constraint", "wait");

        server.Time.Advance(TimeSpan.FromSeconds(6));
        await romeo.SendAsync($"<message id='1' to='{Capulet}'><body>x</body></message>");

        await ExpectKeyAsync(await _accepted.AcceptAsync());
    }

    [Fact]
    public async Task A_domain_whose_stream_has_ended_makes_room_and_one_with_a_stream_does_not()
    {
        _network.Play("another.example", "192.0.2.10", _certificate);
        await using var server = await StartAsync(static options => options.Federation.MaxRemoteDomains = 1);
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await romeo.SendAsync($"<message id='1' to='{Capulet}'><body>x</body></message>");
        var stream = await _accepted.AcceptAsync();
        await ExpectKeyAsync(stream);
        await stream.SendAsync($"<db:result from='{Capulet}' to='{Montague}' type='valid'/>");
        await stream.ReceiveAsync();
        server.Time.Advance(TimeSpan.FromMinutes(6));
        await ExpectErrorAsync(romeo, "another.example", "resource-constraint", "wait");

        await stream.SendAsync("</stream:stream>");
        await stream.ExpectCloseAsync();
        server.Time.Advance(TimeSpan.FromSeconds(2));
        await romeo.SendAsync("<message id='2' to='nowhere.example'><body>x</body></message>");

        (await romeo.MessageAsync()).IsError("remote-server-not-found", "cancel");
    }

    [Fact]
    public async Task Without_need_for_room_failures_are_remembered_for_their_growing_delays()
    {
        await using var server = await StartAsync();
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await ExpectErrorAsync(romeo, "closed.example", "remote-server-not-found", "cancel");
        server.Time.Advance(TimeSpan.FromSeconds(6));
        await ExpectErrorAsync(romeo, "closed.example", "remote-server-not-found", "cancel");
        var tried = _network.Ports.Count;

        server.Time.Advance(TimeSpan.FromSeconds(6));
        await ExpectErrorAsync(romeo, "closed.example", "remote-server-not-found", "cancel");
        Assert.Equal((2, 2), (tried, _network.Ports.Count));

        server.Time.Advance(TimeSpan.FromSeconds(6));
        await ExpectErrorAsync(romeo, "closed.example", "remote-server-not-found", "cancel");
        Assert.Equal(3, _network.Ports.Count);
    }

    [Fact]
    public async Task A_stream_carries_so_many_domain_pairs_and_no_more()
    {
        await using var server = await StartWithAuthorityAsync(_certificate.Certificate);
        var peer = await SecureAsync(server, _certificate.Certificate);
        for (var i = 0; i < MaxPairs; i++)
        {
            await peer.SendAsync($"<db:result from='d{i}.{Capulet}' to='{Montague}'>{Key}</db:result>");
            await peer.ExpectAsync("result", Montague, $"d{i}.{Capulet}", "valid");
        }

        await peer.SendAsync($"<db:result from='next.{Capulet}' to='{Montague}'>{Key}</db:result>");
        await peer.ExpectAsync("result", Montague, $"next.{Capulet}", "error", "resource-constraint");

        // One that is good already needs no more room.
        await peer.SendAsync($"<db:result from='d0.{Capulet}' to='{Montague}'>{Key}</db:result>");
        await peer.ExpectAsync("result", Montague, $"d0.{Capulet}", "valid");
    }

    [Fact]
    public async Task A_certificate_that_ends_while_the_stream_lasts_vouches_for_no_further_domain()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Capulet);
        names.AddDnsName($"*.{Capulet}");
        request.CertificateExtensions.Add(names.Build());
        var end = new DateTimeOffset(2026, 1, 1, 13, 0, 0, TimeSpan.Zero);
        using var certificate = request.CreateSelfSigned(end.AddDays(-10), end);
        await using var server = await StartWithAuthorityAsync(certificate);
        var peer = await SecureAsync(server, certificate);
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");

        server.Time.Advance(TimeSpan.FromHours(2));
        await peer.SendAsync($"<db:result from='rooms.{Capulet}' to='{Montague}'>{Key}</db:result>");

        // Nobody has the name, so that dialback comes to nothing.
        await peer.ExpectAsync("result", Montague, $"rooms.{Capulet}", "error", "remote-connection-failed");
    }

    [Fact]
    public async Task One_stream_may_have_so_many_keys_under_way()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();
        for (var i = 0; i <= MaxPending; i++)
        {
            await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{i:x64}</db:result>");
        }

        await peer.ExpectAsync("result", Montague, Capulet, "error", "resource-constraint");
    }

    [Fact]
    public async Task So_many_keys_wait_for_a_server_and_when_they_are_too_old_they_make_room()
    {
        string[] domains = [Montague, .. Enumerable.Range(1, MaxPending - 1).Select(static i => $"d{i}.example")];
        await using var server = await StartAsync(domains: domains);

        // A stream that is for stanzas, too, and so stays when there are no more keys.
        var romeo = await server.LoginAsync($"romeo@{Montague}/garden");
        await romeo.SendAsync($"<message to='{Capulet}'><body>x</body></message>");
        var authority = await _accepted.AcceptAsync();
        await ExpectKeyAsync(authority);
        for (var i = 0; i < MaxQuestions / MaxPending; i++)
        {
            // One address alone may not ask for so many.
            var peer = await server.OpenServerAsync(address: IPAddress.Parse($"198.51.100.{i + 1}"));
            foreach (var domain in domains)
            {
                await peer.SendAsync($"<db:result from='{Capulet}' to='{domain}'>{Key}</db:result>");
            }
        }

        // All are known to be waiting when the last of them has been asked.
        for (var i = 0; i < MaxQuestions; i++)
        {
            await authority.ReceiveAsync(static element => element.Is("verify", Dialback));
        }

        var next = await server.OpenServerAsync();
        await next.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        await next.ExpectAsync("result", Montague, Capulet, "error", "resource-constraint");

        server.Time.Advance(TimeSpan.FromSeconds(61));
        var last = await server.OpenServerAsync();
        await last.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        await authority.AnswerAsync("valid");
        await last.ExpectAsync("result", Montague, Capulet, "valid");
    }

    [Fact]
    public async Task A_stream_on_which_nothing_but_keys_was_asked_is_closed_when_there_are_no_more()
    {
        await using var server = await StartAsync();
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var authority = await _accepted.AcceptAsync();
        await authority.ReceiveAsync(static element => element.Is("verify", Dialback));
        server.Time.Advance(TimeSpan.FromSeconds(40));
        await authority.SendAsync($"<db:verify from='{Capulet}' to='{Montague}' id='{peer.Header!.Id}' type='valid'/>");
        await peer.ExpectAsync("result", Montague, Capulet, "valid");

        // The last key came longer ago than such a stream rests. It is cut off later, where it is not closed from the other side.
        server.Time.Advance(TimeSpan.FromSeconds(2));

        await authority.ExpectStreamCloseAsync();
    }

    private static async Task ExpectErrorAsync(TestClient client, string domain, string condition, string type)
    {
        await client.SendAsync($"<message to='{domain}'><body>x</body></message>");
        (await client.MessageAsync()).IsError(condition, type);
    }

    private static async Task ExpectKeyAsync(TestClient stream) => await stream.ReceiveAsync(static element => element.Is("result", Dialback));

    private static async Task<TestClient> SecureAsync(XmppTestServer server, X509Certificate2 certificate)
    {
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        Assert.True((await peer.ReceiveAsync()).Is("proceed", Namespaces.Tls));
        await peer.SecureAsync(certificate);
        peer.ExpectHeader();
        await peer.SendAsync(Header(Capulet, Montague, null));
        await peer.ReceiveFeaturesAsync();
        return peer;
    }

    private async Task<XmppTestServer> StartWithAuthorityAsync(X509Certificate2 authority)
    {
        var path = Path.Combine(_folder, "authorities.pem");
        await File.WriteAllTextAsync(path, authority.ExportCertificatePem());
        return await StartAsync(options =>
        {
            options.Federation.Authorities = path;
            options.Federation.IdleTimeout = TimeSpan.Zero;
        });
    }

    private Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null, string[]? domains = null)
    {
        _network.Name("closed.example", "192.0.2.77");
        return _network.StartAsync("192.0.2.1", domains ?? [Montague], given =>
        {
            given.Federation.Policy.RequireTls = false;
            options?.Invoke(given);
        });
    }
}
