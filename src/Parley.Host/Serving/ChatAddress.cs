using System.Net;
using System.Net.Sockets;

namespace Parley.Host.Serving;

/// <summary>Where a person finds the web chat.</summary>
internal static class ChatAddress
{
    /// <summary>The path of the page.</summary>
    internal const string Path = "/chat";

    private const string Local = "localhost";
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    /// <summary>The address to open; null where nothing listens for it. On this machine alone plain http does, and spares the warning about a self-signed certificate.</summary>
    internal static string? For(string domain, bool isLocal, IReadOnlyList<Listener> listeners)
    {
        var http = listeners.FirstOrDefault(static listener => listener.Kind == ListenerKind.Http && (IsAny(listener) || IPAddress.IsLoopback(listener.Address.Address)));
        var https = listeners.FirstOrDefault(static listener => listener.Kind == ListenerKind.Https);
        return isLocal || https is null ? Http(http) ?? Https(domain, https) : Https(domain, https);
    }

    // Without TLS only this machine is let in.
    private static string? Http(Listener? listener) => listener is null ? null : $"http://{Host(listener, Local)}{Port(listener, HttpPort)}{Path}";

    private static string? Https(string domain, Listener? listener) => listener is null ? null : $"https://{Host(listener, domain)}{Port(listener, HttpsPort)}{Path}";

    /// <summary>By what name a program reaches a listener: the domain's, localhost, or its address where neither leads there.</summary>
    internal static string Host(Listener listener, string domain)
    {
        var address = listener.Address.Address;
        // A browser that goes to localhost may find no other address of loopback.
        return address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback) ? Local
            : !IPAddress.IsLoopback(address) && (IsAny(listener) || domain != Local) ? domain
            : address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]"
            : address.ToString();
    }

    private static bool IsAny(Listener listener) => listener.Address.Address.Equals(IPAddress.Any) || listener.Address.Address.Equals(IPAddress.IPv6Any);

    private static string Port(Listener listener, int usual) => listener.Address.Port == usual ? "" : $":{listener.Address.Port}";
}
