using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>Where a server is: its domain, a loopback address of its own, and ports that are free there, the same each time that it starts.</summary>
/// <param name="domain">Its domain.</param>
/// <param name="isLocalhost">Whether its host is localhost, for who does not ask the test's name server for addresses.</param>
internal sealed class ServerPlace(string domain, bool isLocalhost = false)
{
    internal string Domain { get; } = domain;

    /// <summary>The domain of its rooms.</summary>
    internal string Rooms => $"conference.{Domain}";

    internal IPAddress Address { get; } = isLocalhost ? IPAddress.Loopback : new([127, .. RandomNumberGenerator.GetBytes(2), 9]);

    internal IPEndPoint Clients => field ??= Free();

    /// <summary>The port of other servers that begins in plaintext.</summary>
    internal IPEndPoint Servers => field ??= Free();

    /// <summary>The port of other servers that is under TLS from the first byte.</summary>
    internal IPEndPoint DirectTlsServers => field ??= Free();

    /// <summary>What dnsmasq has to know, so that other servers come to the port that is meant for them and to no other.</summary>
    /// <param name="proof">How servers talk.</param>
    /// <param name="before">What stands on loopback before the server; null for nothing.</param>
    internal IEnumerable<string> Records(ServerProof proof, int? before = null)
    {
        yield return $"local=/{Domain}/";
        var host = isLocalhost ? "localhost" : $"xmpp.{Domain}";
        yield return $"host-record={host},{(before is null ? Address : IPAddress.Loopback)}";
        foreach (var name in new[] { Domain, Rooms })
        {
            yield return $"srv-host=_{(proof == ServerProof.DirectTls ? "xmpps" : "xmpp")}-server._tcp.{name},{host},{before ?? ForServers(proof).Port},0,5";
        }
    }

    /// <summary>Where other servers connect.</summary>
    internal IPEndPoint ForServers(ServerProof proof) => proof == ServerProof.DirectTls ? DirectTlsServers : Servers;

    private IPEndPoint Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(Address, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
