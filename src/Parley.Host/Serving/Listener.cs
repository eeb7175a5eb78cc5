using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Parley.Host.Configuration;

namespace Parley.Host.Serving;

/// <summary>One address that the server listens on, and what for.</summary>
/// <param name="Kind">What start-up says of it: c2s, c2s-tls.</param>
/// <param name="PortKey">The key that chose the port.</param>
/// <param name="EndPoint">The address as configured; a port of 0 is chosen by the system.</param>
/// <param name="IsDirectTls">TLS from the first byte (XEP-0368), instead of STARTTLS.</param>
internal sealed record Listener(string Kind, string PortKey, IPEndPoint EndPoint, bool IsDirectTls)
{
    private const string Off = "off";

    /// <summary>Where it really listens, once the server has started.</summary>
    internal ListenOptions? Bound { get; private set; }

    /// <summary>The listeners that the settings ask for.</summary>
    /// <exception cref="ConfigurationException">An address or a port is none.</exception>
    internal static IReadOnlyList<Listener> Plan(HostSettings settings, bool isLoopbackDefault)
    {
        var problems = new List<string>();
        var addresses = Addresses(settings.Bind, isLoopbackDefault, problems);
        var startTls = Port(nameof(settings.C2sPort), settings.C2sPort, problems);
        var directTls = Port(nameof(settings.C2sTlsPort), settings.C2sTlsPort, problems);
        var (startTlsKey, directTlsKey) = (Setting.Name(nameof(settings.C2sPort)), Setting.Name(nameof(settings.C2sTlsPort)));
        if (problems.Count == 0 && startTls is null && directTls is null)
        {
            problems.Add($"{startTlsKey} and {directTlsKey} are both '{Off}': there would be nothing to connect to.");
        }
        else if (startTls > 0 && startTls == directTls)
        {
            problems.Add($"{startTlsKey} and {directTlsKey} both name port {startTls}.");
        }

        if (problems.Count > 0)
        {
            throw new ConfigurationException(problems);
        }

        return
        [
            .. addresses.Where(_ => startTls is not null)
                .Select(address => new Listener("c2s", nameof(settings.C2sPort), new IPEndPoint(address, startTls!.Value), IsDirectTls: false)),
            .. addresses.Where(_ => directTls is not null)
                .Select(address => new Listener("c2s-tls", nameof(settings.C2sTlsPort), new IPEndPoint(address, directTls!.Value), IsDirectTls: true)),
        ];
    }

    /// <summary>Tells Kestrel.</summary>
    internal void AddTo(KestrelServerOptions kestrel) => kestrel.Listen(EndPoint, listen =>
    {
        Bound = listen;
        if (IsDirectTls)
        {
            listen.UseXmppDirectTlsClientStream();
        }
        else
        {
            listen.UseXmppClientStream();
        }
    });

    private static List<IPAddress> Addresses(IList<string> bind, bool isLoopbackDefault, List<string> problems)
    {
        var addresses = new List<IPAddress>();
        foreach (var text in bind)
        {
            if (IPAddress.TryParse(text, out var address))
            {
                addresses.Add(address);
            }
            else
            {
                problems.Add($"{Setting.Name(nameof(HostSettings.Bind))}: '{text}' is no IP address; it takes one such as 127.0.0.1, 0.0.0.0 or ::.");
            }
        }

        return bind.Count > 0 ? [.. addresses.Distinct()]
            : !isLoopbackDefault ? [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any]
            : HasIPv6Loopback() ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : [IPAddress.Loopback];
    }

    // Containers often know IPv6 and have no address of it.
    private static bool HasIPv6Loopback()
    {
        if (!Socket.OSSupportsIPv6)
        {
            return false;
        }

        try
        {
            using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int? Port(string key, string text, List<string> problems)
    {
        if (text.Equals(Off, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (ushort.TryParse(text, out var port))
        {
            return port;
        }

        problems.Add($"{Setting.Name(key)}: '{text}' is no port; it takes a number from 0 to 65535, or '{Off}'.");
        return null;
    }
}
