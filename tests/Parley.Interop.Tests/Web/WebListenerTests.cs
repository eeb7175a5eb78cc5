using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Web;

/// <summary>The ports of the web, as the program opens them.</summary>
public sealed class WebListenerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-www-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_served_is_served_with_and_without_TLS()
    {
        using var time = new TestTime(60);
        await File.WriteAllTextAsync(Path.Combine(_folder, "index.html"), "<p>Hello", time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--www", _folder, "--www", $"/files={_folder}"]);

        foreach (var path in (string[])["/", "/files/"])
        {
            Assert.EndsWith("<p>Hello", await GetAsync(parley.HttpPort, path, directTls: false, time.Token), StringComparison.Ordinal);
            Assert.EndsWith("<p>Hello", await GetAsync(parley.HttpsPort, path, directTls: true, time.Token), StringComparison.Ordinal);
        }

        var health = await GetAsync(parley.HttpPort, "/health", directTls: false, time.Token);
        Assert.Matches("^HTTP/1.1 200 OK\r\n", health);
        Assert.DoesNotContain("Server:", health, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("# TYPE parley_storage_queue_depth gauge\n", await GetAsync(parley.HttpPort, "/metrics", directTls: false, time.Token), StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: *", await GetAsync(parley.HttpsPort, "/.well-known/host-meta", directTls: true, time.Token), StringComparison.Ordinal);
        Assert.Matches("^HTTP/1.1 404 ", await GetAsync(parley.HttpPort, "/crossdomain.xml", directTls: false, time.Token));
    }

    [Fact]
    public async Task The_root_leads_to_the_chat()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--www", $"/files={_folder}"]);

        foreach (var (port, directTls) in ((int, bool)[])[(parley.HttpPort, false), (parley.HttpsPort, true)])
        {
            Assert.Matches("^HTTP/1.1 302 Found\r\n(.*\r\n)*Location: \\./chat\r\n", await GetAsync(port, "/", directTls, time.Token));
            Assert.Matches("^HTTP/1.1 (?!404)", await GetAsync(port, "/chat", directTls, time.Token));
            Assert.Matches("^HTTP/1.1 404 ", await GetAsync(port, "/nowhere", directTls, time.Token));
        }
    }

    [Fact]
    public async Task Without_the_chat_there_is_nothing_at_the_root()
    {
        using var time = new TestTime(60);
        await File.WriteAllTextAsync(Path.Combine(_folder, "parley.json"), """{ "Chat": { "Enabled": false } }""", time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--config", Path.Combine(_folder, "parley.json")]);

        Assert.Matches("^HTTP/1.1 404 ", await GetAsync(parley.HttpPort, "/", directTls: false, time.Token));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nX: {20000}\r\n\r\n", "431")]
    [InlineData("GET /{10000} HTTP/1.1\r\nHost: localhost\r\n\r\n", "414")]
    [InlineData("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n", "405")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "400")]
    [InlineData("<stream:stream to='localhost'>\r\n\r\n", "400")]
    public async Task What_is_too_much_is_refused(string request, string status)
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        await using var client = await WireClient.ConnectAsync(parley.HttpPort, time.Token);

        await client.SendAsync(request.Replace("{20000}", new string('x', 20000)).Replace("{10000}", new string('x', 10000)), time.Token);

        Assert.Matches($"^HTTP/1.1 ({status}) ", await client.ReadToAsync("\r\n", time.Token));
    }

    [Theory]
    [InlineData("POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n<body")]
    [InlineData("POST /http-bind HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n\u001f")]
    [InlineData("GET /http-b")]
    [InlineData("")]
    public async Task Requests_that_are_not_whole_neither_keep_the_server_from_stopping_nor_are_faults(string begun)
    {
        using var time = new TestTime(60);
        await File.WriteAllTextAsync(Path.Combine(_folder, "parley.json"), """{ "CloseTimeout": "00:00:01" }""", time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--config", Path.Combine(_folder, "parley.json")]);
        await using var client = await WireClient.ConnectAsync(parley.HttpPort, time.Token);
        await client.SendAsync(begun, time.Token);

        await parley.StopAsync(time.Token);

        Assert.DoesNotContain(" fail: ", parley.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Https_takes_HTTP_2_and_shows_a_renewed_certificate_after_SIGHUP()
    {
        using var time = new TestTime(60);
        await using var parley = await ParleyProcess.StartAsync(time.Token);

        var (protocol, before) = await HandshakeAsync(parley.HttpsPort, time.Token);
        Assert.Equal(SslApplicationProtocol.Http2, protocol);
        Assert.Equal(X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(parley.CertificatePath, time.Token)).Thumbprint, before);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var renewed = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(100));
        await File.WriteAllTextAsync(parley.KeyPath, key.ExportPkcs8PrivateKeyPem(), time.Token);
        await File.WriteAllTextAsync(parley.CertificatePath, renewed.ExportCertificatePem(), time.Token);
        await parley.HangUpAsync();
        await parley.SaysAsync("certificate of localhost", time.Token);

        Assert.Equal(renewed.Thumbprint, (await HandshakeAsync(parley.HttpsPort, time.Token)).Thumbprint);
    }

    [Theory]
    [InlineData("--www nowhere", "Www (--www): there is no folder 'nowhere'.")]
    [InlineData("--www files=.", "Www (--www): 'files' is no path to serve a folder at; it takes one such as / or /files.")]
    [InlineData("--www {data}", "Www (--www): '{data}' holds the data directory '{data}', which is nobody's to read.")]
    [InlineData("--www {data}/..", "Www (--www): '{data}/..' holds the data directory '{data}', which is nobody's to read.")]
    [InlineData("--proxy-protocol", "ProxyProtocol (--proxy-protocol): nobody is trusted to use it; Web:TrustedProxies (--trusted-proxy) takes the proxies.")]
    [InlineData("--trusted-proxy proxy", "Web:TrustedProxies (--trusted-proxy): 'proxy' is neither an IP address nor a network; it takes one such as 127.0.0.1 or 10.0.0.0/8.")]
    [InlineData("--http-port x", "HttpPort (--http-port): 'x' is no port; it takes a number from 0 to 65535, or 'off'.")]
    [InlineData("--http-port 7000 --https-port 7000", "HttpPort (--http-port) and HttpsPort (--https-port) both name port 7000.")]
    public async Task What_does_not_do_is_told_in_a_line(string options, string line)
    {
        using var time = new TestTime(30);
        await using var program = RunningProgram.Start(
            "dotnet", [Repository.Parley, "serve", "--data", _folder, .. options.Replace("{data}", _folder).Split(' ')]);

        Assert.Equal(2, (await program.EndAsync(time.Token)).ExitCode);
        Assert.Equal($"parley: {line.Replace("{data}", _folder)}", program.Transcript.Trim());
    }

    private static async Task<string> GetAsync(int port, string path, bool directTls, CancellationToken cancellationToken)
    {
        await using var client = await WireClient.ConnectAsync(port, cancellationToken, directTls);
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), cancellationToken);
        return await client.ReadToEndAsync(cancellationToken);
    }

    private static async Task<(SslApplicationProtocol Protocol, string Thumbprint)> HandshakeAsync(int port, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await using var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] }, cancellationToken);
        return (tls.NegotiatedApplicationProtocol, ((X509Certificate2)tls.RemoteCertificate!).Thumbprint);
    }
}
