using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>Where a server is: its domain, a loopback address of its own, and ports that are free there, the same each time that it starts.</summary>
internal sealed class ServerPlace(string domain)
{
    internal string Domain { get; } = domain;

    /// <summary>The domain of its rooms.</summary>
    internal string Rooms => $"conference.{Domain}";

    internal IPAddress Address { get; } = new([127, .. RandomNumberGenerator.GetBytes(2), 9]);

    internal IPEndPoint Clients => field ??= Free();

    /// <summary>The port of other servers that begins in plaintext.</summary>
    internal IPEndPoint Servers => field ??= Free();

    /// <summary>The port of other servers that is under TLS from the first byte.</summary>
    internal IPEndPoint DirectTlsServers => field ??= Free();

    /// <summary>What dnsmasq has to know, so that other servers come to the port that is meant for them and to no other.</summary>
    internal IEnumerable<string> Records(ServerProof proof)
    {
        yield return $"local=/{Domain}/";
        yield return $"host-record=xmpp.{Domain},{Address}";
        foreach (var domain in new[] { Domain, Rooms })
        {
            yield return proof == ServerProof.DirectTls
                ? $"srv-host=_xmpps-server._tcp.{domain},xmpp.{Domain},{DirectTlsServers.Port},0,5"
                : $"srv-host=_xmpp-server._tcp.{domain},xmpp.{Domain},{Servers.Port},0,5";
        }
    }

    private IPEndPoint Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(Address, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
