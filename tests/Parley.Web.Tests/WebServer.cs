using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Parley.TestKit;
using Xunit;

namespace Parley.Web.Tests;

/// <summary>An application with an XMPP server and what a test maps, on a free loopback port.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private WebServer(WebApplication application)
    {
        _application = application;
        Address = new Uri(application.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        Client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(cancellationToken), ownsSocket: true),
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null },
        })
        {
            BaseAddress = Address,
        };
    }

    internal Uri Address { get; }

    /// <summary>Asks it, whatever the name in the request's address.</summary>
    internal HttpClient Client { get; }

    internal IServiceProvider Services => _application.Services;

    internal static async Task<WebServer> StartAsync(Action<WebApplication> map, Action<IServiceCollection>? services = null, bool isSecure = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddXmppServer(static options => options.Domains.Add("localhost"));
        builder.Services.AddXmppWeb();
        services?.Invoke(builder.Services);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (isSecure)
            {
                listen.UseHttps(new TestCertificate("localhost").Certificate);
            }
        }));
        var application = builder.Build();
        application.UseTrustedProxies();
        application.UseRouting();
        map(application);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new WebServer(application);
    }

    internal async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Sends a request as it is written here, and returns all that comes.</summary>
    internal async Task<string> SendAsync(string request)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var socket = await ConnectAsync(cancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes(request), cancellationToken);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Address.Port, cancellationToken);
        return socket;
    }
}
