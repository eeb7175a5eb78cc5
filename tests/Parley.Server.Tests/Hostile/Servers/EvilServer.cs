using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>Another server that a test plays by hand, both the streams that it opens and those that it accepts, under TLS as its link says.</summary>
internal sealed class EvilServer : IDisposable
{
    internal const string DialbackFeature = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>";
    internal const string StreamId = "evil-stream-id";
    private readonly ChannelReader<TestClient> _accepted;
    private readonly TestCertificate _certificate;
    private X509Certificate2? _chosen;

    /// <param name="network">The network that it is on.</param>
    /// <param name="link">How its streams lie on their connections.</param>
    /// <param name="domain">Its domain.</param>
    /// <param name="address">Its address.</param>
    /// <param name="isPatient">Whether those who wait for something to be accepted wait for ever.</param>
    internal EvilServer(TestNetwork network, Link link, string domain, string address, bool isPatient = false)
    {
        (Link, Domain) = (link, domain);
        _certificate = new TestCertificate(domain);
        _accepted = network.Play(domain, address, _certificate, isPatient);
        if (link == Link.DirectTls)
        {
            network.Record($"_xmpps-server._tcp.{domain} SRV 0 0 5270 {domain}");
        }
    }

    internal Link Link { get; }

    internal string Domain { get; }

    /// <summary>What it shows; a self-signed one for its domain unless a test chooses another.</summary>
    internal X509Certificate2 Certificate
    {
        get => _chosen ?? _certificate.Certificate;
        set => _chosen = value;
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _chosen?.Dispose();
    }

    /// <summary>Connects to the server; the stream header is due, under TLS where there is any.</summary>
    /// <param name="server">The server.</param>
    /// <param name="own">The certificate to show; the server's own self-signed one by default.</param>
    /// <param name="from">The domain that it says to be.</param>
    /// <param name="to">The domain that it goes to.</param>
    /// <param name="address">Where it connects from.</param>
    internal async Task<TestClient> ConnectAsync(
        XmppTestServer server, X509Certificate2? own = null, string? from = null, string to = EvilNetwork.Host, IPAddress? address = null)
    {
        var peer = server.ConnectServer(address, Link == Link.DirectTls);
        if (Link == Link.StartTls)
        {
            await OpenAsync(peer, from, to);
            await peer.SendAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
            Assert.True((await peer.ReceiveAsync()).Is("proceed", Namespaces.Tls), peer.Describe("<proceed/> was due"));
        }

        if (Link != Link.Plain)
        {
            await peer.SecureAsync(own ?? Certificate);
        }

        return peer;
    }

    /// <summary>Connects to the server and opens a stream, under TLS where there is any.</summary>
    /// <inheritdoc cref="ConnectAsync"/>
    internal async Task<TestClient> OpenAsync(
        XmppTestServer server, X509Certificate2? own = null, string? from = null, string to = EvilNetwork.Host, IPAddress? address = null)
    {
        var peer = await ConnectAsync(server, own, from, to, address);
        await OpenAsync(peer, from, to);
        return peer;
    }

    /// <summary>Opens a stream, or opens it anew.</summary>
    internal async Task OpenAsync(TestClient peer, string? from = null, string to = EvilNetwork.Host)
    {
        peer.ExpectHeader();
        await peer.SendAsync(ServerPeer.Header(from ?? Domain, to, null));
        await peer.ReceiveFeaturesAsync();
    }

    /// <summary>The connection that the server makes; its header has not been read, nor TLS begun.</summary>
    internal Task<TestClient> AcceptBareAsync() => _accepted.ReadAsync(TestContext.Current.CancellationToken).AsTask();

    /// <summary>Takes the connection that the server makes up to its header under TLS, which is not answered yet.</summary>
    /// <param name="from">The domain that connects.</param>
    internal async Task<TestClient> AcceptHeaderAsync(string from = EvilNetwork.Host)
    {
        var stream = await AcceptBareAsync();
        if (Link == Link.StartTls)
        {
            await stream.ReceiveHeaderAsync();
            await stream.SendAsync(Header(to: from) + $"<stream:features><starttls xmlns='{Namespaces.Tls}'><required/></starttls></stream:features>");
            Assert.True((await stream.ReceiveAsync()).Is("starttls", Namespaces.Tls), stream.Describe("<starttls/> was due"));
            await stream.SendAsync($"<proceed xmlns='{Namespaces.Tls}'/>");
        }

        if (Link != Link.Plain)
        {
            await stream.AcceptSecureAsync(Certificate);
        }

        await stream.ReceiveHeaderAsync();
        return stream;
    }

    /// <summary>Takes the connection that the server makes and opens this side of the stream.</summary>
    /// <param name="features">What it offers under TLS.</param>
    /// <param name="from">The domain that connects.</param>
    internal async Task<TestClient> AcceptAsync(string features = DialbackFeature, string from = EvilNetwork.Host)
    {
        var stream = await AcceptHeaderAsync(from);
        await stream.SendAsync($"{Header(to: from)}<stream:features>{features}</stream:features>");
        return stream;
    }

    /// <summary>The header of a stream that it accepts.</summary>
    internal string Header(string id = StreamId, string to = EvilNetwork.Host) => ServerPeer.Header(Domain, to, id);

    /// <summary>From now on accepts what comes and answers it: keys of other servers are valid, its own are when they are <see cref="ServerPeer.Key"/>.</summary>
    internal async Task AnswerAllAsync(Func<XmlElement, string>? verdict = null)
    {
        verdict ??= static question => question.Text == ServerPeer.Key ? "valid" : "invalid";
        await foreach (var stream in _accepted.ReadAllAsync())
        {
            _ = AnswerAsync(stream, verdict);
        }
    }

    private async Task AnswerAsync(TestClient stream, Func<XmlElement, string> verdict)
    {
        try
        {
            if (Link == Link.StartTls)
            {
                await stream.ReceiveHeaderAsync();
                await stream.SendAsync(Header() + $"<stream:features><starttls xmlns='{Namespaces.Tls}'><required/></starttls></stream:features>");
                await stream.ReceiveAsync();
                await stream.SendAsync($"<proceed xmlns='{Namespaces.Tls}'/>");
            }

            if (Link != Link.Plain)
            {
                await stream.AcceptSecureAsync(Certificate);
            }

            await stream.ReceiveHeaderAsync();
            await stream.SendAsync($"{Header()}<stream:features>{DialbackFeature}</stream:features>");
            while (true)
            {
                var element = await stream.ReceiveAsync(static element => element.NamespaceUri == ServerPeer.Dialback);
                var (from, to, id) = (element.Attribute("to"), element.Attribute("from"), element.Attribute("id"));
                await stream.SendAsync(element.LocalName == "verify"
                    ? $"<db:verify from='{from}' to='{to}' id='{id}' type='{verdict(element)}'/>"
                    : $"<db:result from='{from}' to='{to}' type='valid'/>");
            }
        }
        catch (Exception e) when (e is Xunit.Sdk.XunitException or IOException)
        {
            // The server closed the stream.
        }
    }
}
