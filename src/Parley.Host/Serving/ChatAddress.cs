using System.Net;

namespace Parley.Host.Serving;

/// <summary>Where a person finds the web chat.</summary>
internal static class ChatAddress
{
    private const string Path = "/chat";
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    /// <summary>The address to open; null where nothing listens for it. On this machine alone plain http does, and spares the warning about a self-signed certificate.</summary>
    internal static string? For(string domain, bool isLocal, IReadOnlyList<Listener> listeners)
    {
        var http = listeners.FirstOrDefault(static listener => listener.Kind == ListenerKind.Http);
        var https = listeners.FirstOrDefault(static listener => listener.Kind == ListenerKind.Https);
        return isLocal || https is null ? Http(http) ?? Https(domain, https) : Https(domain, https);
    }

    // Without TLS only this machine is let in.
    private static string? Http(Listener? listener) => listener is null ? null : $"http://{Host(listener, "localhost")}{Port(listener, HttpPort)}{Path}";

    private static string? Https(string domain, Listener? listener) => listener is null ? null : $"https://{Host(listener, domain)}{Port(listener, HttpsPort)}{Path}";

    // A browser that goes to localhost may find no other address of loopback.
    private static string Host(Listener listener, string name) =>
        !IPAddress.IsLoopback(listener.Address.Address) ? name
        : listener.Address.Address.Equals(IPAddress.Loopback) || listener.Address.Address.Equals(IPAddress.IPv6Loopback) ? "localhost"
        : listener.Address.Address.ToString();

    private static string Port(Listener listener, int usual) => listener.Address.Port == usual ? "" : $":{listener.Address.Port}";
}
