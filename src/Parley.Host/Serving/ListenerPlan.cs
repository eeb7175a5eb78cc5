using System.Net;
using System.Net.Sockets;
using Parley.Host.Configuration;

namespace Parley.Host.Serving;

/// <summary>Which listeners the settings ask for.</summary>
internal static class ListenerPlan
{
    /// <summary>One for each kind that is not off, at each address.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="isLoopbackDefault">Whether it is for this machine alone unless an address is named.</param>
    /// <param name="isFederated">Whether there are other servers to listen for.</param>
    /// <exception cref="ConfigurationException">An address or a port is none.</exception>
    internal static IReadOnlyList<Listener> For(HostSettings settings, bool isLoopbackDefault, bool isFederated)
    {
        var problems = new List<string>();
        var addresses = Addresses(nameof(settings.Bind), settings.Bind, isLoopbackDefault, problems);
        var ports = new List<(ListenerKind Kind, int? Number)>();
        foreach (var kind in ListenerKind.All)
        {
            ports.Add((kind, Port(kind.PortKey, settings.Port(kind.PortKey), problems)));
        }

        if (problems.Count == 0 && ports.TrueForAll(static port => port.Number is null))
        {
            problems.Add($"{Names(ports)} are all '{HostSettings.Off}': there would be nothing to connect to.");
        }

        foreach (var kind in new[] { ListenerKind.S2s, ListenerKind.S2sTls })
        {
            var port = Port(kind.PortKey, settings.Port(kind.PortKey), problems);
            ports.Add((kind, isFederated ? port : null));
        }

        foreach (var same in ports.Where(static port => port.Number > 0).GroupBy(static port => port.Number).Where(static same => same.Skip(1).Any()))
        {
            problems.Add($"{Names(same)} {(same.Count() == 2 ? "both" : "all")} name port {same.Key}.");
        }

        if (problems.Count > 0)
        {
            throw new ConfigurationException(problems);
        }

        return
        [
            .. from port in ports
               where port.Number is not null
               from address in addresses
               select new Listener(port.Kind, settings.ProxyProtocol && port.Kind.IsForClients, new IPEndPoint(address, port.Number.GetValueOrDefault())),
        ];
    }

    /// <summary>The listeners for external components: none where there is no component.</summary>
    /// <exception cref="ConfigurationException">An address or the port is none.</exception>
    internal static IReadOnlyList<Listener> ForComponents(HostSettings settings, bool hasComponents)
    {
        var kind = ListenerKind.Component;
        var problems = new List<string>();
        var addresses = Addresses(kind.BindKey, settings.ComponentBind, isLoopbackDefault: true, problems);
        var port = Port(kind.PortKey, settings.Port(kind.PortKey), problems);
        return problems.Count > 0 ? throw new ConfigurationException(problems)
            : !hasComponents || port is not { } number ? []
            : [.. addresses.Select(address => new Listener(kind, IsProxied: false, new IPEndPoint(address, number)))];
    }

    private static string Names(IEnumerable<(ListenerKind Kind, int? Number)> ports)
    {
        var names = ports.Select(static port => Setting.Name(port.Kind.PortKey)).ToList();
        return $"{string.Join(", ", names[..^1])} and {names[^1]}";
    }

    private static List<IPAddress> Addresses(string key, IList<string> bind, bool isLoopbackDefault, List<string> problems)
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
                problems.Add($"{Setting.Name(key)}: '{text}' is no IP address; it takes one such as 127.0.0.1, 0.0.0.0 or ::.");
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
        if (HostSettings.IsOff(text))
        {
            return null;
        }

        if (ushort.TryParse(text, out var port))
        {
            return port;
        }

        problems.Add($"{Setting.Name(key)}: '{text}' is no port; it takes a number from 0 to 65535, or '{HostSettings.Off}'.");
        return null;
    }
}
