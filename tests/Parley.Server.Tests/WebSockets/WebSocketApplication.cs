using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.WebSockets;

/// <summary>An ASP.NET Core application that serves XMPP over WebSocket on a free loopback port.</summary>
internal sealed class WebSocketApplication(WebApplication application, TestCertificate certificate) : IAsyncDisposable
{
    internal const string Path = "/xmpp-websocket";

    internal int Port { get; } = new Uri(application.Urls.Single()).Port;

    internal TestCertificate Certificate => certificate;

    internal IServiceProvider Services => application.Services;

    /// <summary>Completes when the first request has ended.</summary>
    internal required Task RequestEnded { get; init; }

    internal static async Task<WebSocketApplication> StartAsync(
        Action<XmppServerOptions>? options = null, Action<WebOptions>? web = null, Action<XmppWebSocketOptions>? webSocket = null, bool isSecure = false, bool handsOver = false)
    {
        var certificate = new TestCertificate("localhost");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<ICertificateSource>(certificate);
        builder.Services.AddXmppServer(server =>
        {
            server.Domains.Add("localhost");
            options?.Invoke(server);
        });
        builder.Services.Configure(web ?? (static _ => { }));
        builder.Services.Configure(webSocket ?? (static _ => { }));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            if (isSecure)
            {
                listen.UseHttps(certificate.Certificate);
            }

            if (handsOver)
            {
                listen.UseWebSocketHandover();
            }
        }));
        var application = builder.Build();
        var requestEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        application.Use(next => async context =>
        {
            await next(context);
            requestEnded.TrySetResult();
        });
        application.UseRouting();
        application.MapXmppWebSocket();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new WebSocketApplication(application, certificate) { RequestEnded = requestEnded.Task };
    }

    /// <summary>Sends a request as it is written here; its status line and headers.</summary>
    internal async Task<(Stream Connection, string Head)> SendAsync(string request)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        var stream = new NetworkStream(socket, ownsSocket: true);
        return (stream, await SendAsync(stream, Encoding.ASCII.GetBytes(request)));
    }

    private static async Task<string> SendAsync(Stream stream, byte[] request)
    {
        await stream.WriteAsync(request, TestContext.Current.CancellationToken);
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one).AsTask().WaitAsync(TestClient.Patience) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    /// <summary>Upgrades a connection that has been used before.</summary>
    internal Task<string> UpgradeAsync(Stream connection) => SendAsync(connection, Encoding.ASCII.GetBytes(Upgrade([])));

    /// <summary>Upgrades a new connection, with frames behind the request in the same write.</summary>
    internal async Task<(Stream Connection, string Head)> UpgradeAsync(byte[] frames)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        var stream = new NetworkStream(socket, ownsSocket: true);
        return (stream, await SendAsync(stream, [.. Encoding.ASCII.GetBytes(Upgrade([])), .. frames]));
    }

    /// <summary>What a browser would send, with these headers instead of the usual ones; an empty one is left out.</summary>
    internal Task<(Stream Connection, string Head)> UpgradeAsync(params (string Name, string Value)[] headers) => SendAsync(Upgrade(headers));

    private string Upgrade((string Name, string Value)[] headers)
    {
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Host"] = $"localhost:{Port}",
            ["Connection"] = "keep-alive, Upgrade",
            ["Upgrade"] = "websocket",
            ["Sec-WebSocket-Version"] = "13",
            ["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ==",
            ["Sec-WebSocket-Protocol"] = "chat, xmpp",
        };
        foreach (var (name, value) in headers)
        {
            all[name] = value;
        }

        return $"GET {Path} HTTP/1.1\r\n{string.Concat(all.Where(static header => header.Value.Length > 0).Select(static header => $"{header.Key}: {header.Value}\r\n"))}\r\n";
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync(TestContext.Current.CancellationToken);
        await application.DisposeAsync();
        certificate.Dispose();
    }
}
