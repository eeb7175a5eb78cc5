using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections;

namespace Parley.Host.Serving;

/// <summary>Makes a Kestrel listener speak HTTP, with the server's own certificates and limits.</summary>
internal static class WebListenOptionsExtensions
{
    /// <summary>How long the handshake of TLS may take.</summary>
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>HTTP/1.1 without TLS: HTTP/2 is agreed upon in the handshake, and there is none.</summary>
    internal static ListenOptions UseWeb(this ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        return listen.UseConnectionCount().UseWebSocketHandover();
    }

    /// <summary>HTTP/1.1 and HTTP/2 under TLS, with the certificate of the name that the client asks for (SNI), as it is at that moment.</summary>
    internal static ListenOptions UseSecureWeb(this ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseConnectionCount();
        var certificates = listen.ApplicationServices.GetRequiredService<ICertificateSource>();
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = context => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificates.Find(string.IsNullOrEmpty(context.ClientHelloInfo.ServerName) ? null : context.ClientHelloInfo.ServerName),
            }),
        });
        return listen.UseWebSocketHandover();
    }

    private static ListenOptions UseConnectionCount(this ListenOptions listen)
    {
        var count = listen.ApplicationServices.GetRequiredService<WebConnectionCount>();
        listen.Use(next => connection => count.RunAsync(connection, next));
        return listen;
    }
}
