using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Web;

/// <summary>The server behind nginx and haproxy: it knows who the client is, and believes nobody else.</summary>
public sealed class ProxyTests
{
    private const string Header =
        "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

    private static readonly IPAddress Client = IPAddress.Parse("127.0.0.2");

    [Theory]
    [InlineData("send-proxy", false)]
    [InlineData("send-proxy", true)]
    [InlineData("send-proxy-v2", false)]
    [InlineData("send-proxy-v2", true)]
    public async Task Behind_haproxy_the_log_has_the_clients_address(string version, bool directTls)
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--proxy-protocol", "--trusted-proxy", ProxyProgram.Address]);
        await using var haproxy = await ProxyProgram.HaproxyAsync(Forward(directTls ? parley.DirectTlsPort : parley.Port, version), time.Token);

        await using var client = await WireClient.ConnectAsync(haproxy.Port, time.Token, directTls, Client);
        await FailAsync(client, !directTls, time.Token);

        await parley.SaysAsync($"authentication with PLAIN failed from {Client}: not-authorized", time.Token);
    }

    [Theory]
    [InlineData("send-proxy")]
    [InlineData("send-proxy-v2")]
    public async Task Haproxys_own_checks_are_no_clients_that_are_cut(string version)
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(
            time.Token, ["--proxy-protocol", "--trusted-proxy", ProxyProgram.Address, "--log-level", "debug"]);
        await using var haproxy = await ProxyProgram.HaproxyAsync(Forward(parley.Port, $"{version} check inter 100"), time.Token);

        // Each sends its header and resets the connection: whether the header is still there to be read is up to the system.
        await using var client = await WireClient.ConnectAsync(haproxy.Port, time.Token, from: Client);
        await FailAsync(client, startTls: true, time.Token);

        await parley.SaysAsync($"authentication with PLAIN failed from {Client}: not-authorized", time.Token);
        Assert.DoesNotContain("was cut", parley.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_says_nothing_is_cut_and_a_client_of_its_own_is_not()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--proxy-protocol", "--trusted-proxy", ProxyProgram.Address]);
        await using var haproxy = await ProxyProgram.HaproxyAsync(Forward(parley.Port, ""), time.Token);

        await using var proxied = await WireClient.ConnectAsync(haproxy.Port, time.Token, from: Client);
        await proxied.SendAsync(Header, time.Token);
        Assert.Equal("", await proxied.ReadToEndAsync(time.Token));
        await parley.SaysAsync($"from the proxy {ProxyProgram.Address} was cut: there is no PROXY header", time.Token);

        await using var direct = await WireClient.ConnectAsync(parley.Port, time.Token, from: Client);
        await FailAsync(direct, startTls: true, time.Token);
        await using var forged = await WireClient.ConnectAsync(parley.Port, time.Token, from: Client);
        await forged.SendAsync("PROXY TCP4 192.0.2.1 127.0.0.1 40000 5222\r\n" + Header, time.Token);
        Assert.Contains("<stream:error>", await forged.ReadToEndAsync(time.Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Behind_nginx_a_request_is_the_clients(bool isTrusted)
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token, isTrusted ? ["--trusted-proxy", ProxyProgram.Address] : []);
        await using var nginx = await ProxyProgram.NginxAsync(
            $$"""
              listen 127.0.0.1:PORT ssl http2;
              ssl_certificate {{parley.CertificatePath}};
              ssl_certificate_key {{parley.KeyPath}};
              set_real_ip_from 127.0.0.0/8;
              real_ip_header X-Test-Client;
              location / {
                proxy_pass http://127.0.0.1:{{parley.HttpPort}};
                proxy_bind {{ProxyProgram.Address}};
                proxy_http_version 1.1;
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-Host $http_host;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $connection_upgrade;
                proxy_read_timeout 120s;
                proxy_buffering off;
              }
              """,
            time.Token);

        await AssertProxiedAsync(nginx, parley, time.Token);
    }

    [Fact]
    public async Task Behind_haproxy_a_request_is_the_clients()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--trusted-proxy", ProxyProgram.Address]);
        var certificate = Path.Combine(parley.Data, "haproxy.pem");
        await File.WriteAllTextAsync(
            certificate, await File.ReadAllTextAsync(parley.CertificatePath, time.Token) + await File.ReadAllTextAsync(parley.KeyPath, time.Token), time.Token);
        await using var haproxy = await ProxyProgram.HaproxyAsync(
            $"""
             listen web
               mode http
               bind 127.0.0.1:PORT ssl crt {certificate}
               option forwardfor
               timeout tunnel 1h
               http-request set-header X-Forwarded-Proto https
               http-request set-header X-Forwarded-Host %[req.hdr(Host)]
               server parley 127.0.0.1:{parley.HttpPort} source {ProxyProgram.Address}
             """,
            time.Token);

        await AssertProxiedAsync(haproxy, parley, time.Token);
    }

    // What is for this machine alone shows whose the request is.
    private static async Task AssertProxiedAsync(ProxyProgram proxy, ParleyProcess parley, CancellationToken cancellationToken)
    {
        using var client = NewClient();
        var proxied = $"https://localhost:{proxy.Port}";

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, $"{proxied}/health", null, cancellationToken));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, $"{proxied}/metrics", null, cancellationToken));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, $"{proxied}/metrics", "127.0.0.1", cancellationToken));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, $"http://localhost:{parley.HttpPort}/metrics", null, cancellationToken));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, $"http://localhost:{parley.HttpPort}/metrics", "127.0.0.1", cancellationToken));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string address, string? forwardedFor, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address));
        if (forwardedFor is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwardedFor);
        }

        using var response = await client.SendAsync(request, cancellationToken);
        return response.StatusCode;
    }

    private static HttpClient NewClient() => new(new SocketsHttpHandler
    {
        // The name is the certificate's; the ports are IPv4's.
        ConnectCallback = static async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null },
    });

    private static string Forward(int port, string options) =>
        $"""
         listen clients
           mode tcp
           bind 127.0.0.1:PORT
           server parley 127.0.0.1:{port} source {ProxyProgram.Address} {options}
         """;

    // Begins a stream, with TLS, and fails to authenticate.
    private static async Task FailAsync(WireClient client, bool startTls, CancellationToken cancellationToken)
    {
        await client.SendAsync(Header, cancellationToken);
        await client.ReadToAsync("</stream:features>", cancellationToken);
        if (startTls)
        {
            await client.SendAsync("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", cancellationToken);
            await client.ReadToAsync("/>", cancellationToken);
            await client.SecureAsync(cancellationToken);
            await client.SendAsync(Header, cancellationToken);
            await client.ReadToAsync("</stream:features>", cancellationToken);
        }

        var guess = Convert.ToBase64String(Encoding.UTF8.GetBytes("\0nobody\0nothing"));
        await client.SendAsync($"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{guess}</auth>", cancellationToken);
        Assert.Contains("<not-authorized/>", await client.ReadToAsync("</failure>", cancellationToken), StringComparison.Ordinal);
    }
}
