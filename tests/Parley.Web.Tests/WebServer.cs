using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
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
    private readonly StrongBox<int> _requests;

    private WebServer(WebApplication application, StrongBox<int> requests)
    {
        _application = application;
        _requests = requests;
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

    /// <summary>What a client does behind its request.</summary>
    internal enum End
    {
        /// <summary>It waits.</summary>
        None,

        /// <summary>It says that nothing more comes.</summary>
        OfSending,

        /// <summary>It cuts the connection once the request has arrived.</summary>
        Reset,
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
        var requests = new StrongBox<int>();
        application.Use(next => context =>
        {
            Interlocked.Increment(ref requests.Value);
            return next(context);
        });
        application.UseTrustedProxies();
        application.UseRouting();
        map(application);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new WebServer(application, requests);
    }

    internal async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Sends a request as it is written here, and returns all that comes.</summary>
    internal Task<string> SendAsync(string request) => SendAsync(Encoding.UTF8.GetBytes(request));

    /// <inheritdoc cref="SendAsync(string)"/>
    internal async Task<string> SendAsync(byte[] request, End end = End.None)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var socket = await ConnectAsync(cancellationToken);
        await socket.SendAsync(request, cancellationToken);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        if (end == End.OfSending)
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        else if (end == End.Reset)
        {
            // Once the server has begun to read.
            while (Volatile.Read(ref _requests.Value) == 0)
            {
                await Task.Yield();
            }

            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
            return "";
        }

        try
        {
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (IOException) when (end != End.None)
        {
            // A reset is an end too.
            return "";
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();

        // Requests under way come to their end.
        await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Address.Port, cancellationToken);
        return socket;
    }
}
