using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol;
using Parley.Server.Connections;
using Parley.Server.Federation.Dns;
using Parley.Server.Hosting;
using Parley.TestKit;

namespace Parley.Server.Tests.Federation;

/// <summary>A network in memory: servers, and peers that a test plays, each at an address of its own, with their names.</summary>
internal sealed class TestNetwork : IConnectionFactory
{
    private readonly ConcurrentDictionary<IPAddress, Func<MemoryConnection, int, ConnectionContext>> _hosts = new();
    private readonly ConcurrentQueue<string> _records = new();
    private readonly ConcurrentBag<MemoryConnection> _open = [];
    private int _connections;

    /// <summary>The ports that were connected to.</summary>
    internal ConcurrentQueue<int> Ports { get; } = new();

    /// <summary>Whether every connection is refused.</summary>
    internal bool IsDown { get; set; }

    /// <summary>How many connections were made.</summary>
    internal int Connections => _connections;

    /// <summary>Starts a server for a domain, with federation on.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="domains">What it hosts.</param>
    /// <param name="options">Changes its options.</param>
    /// <param name="build">Adds modules and services.</param>
    /// <param name="certificate">What it shows instead of a certificate for example.org that it signed itself.</param>
    internal async Task<XmppTestServer> StartAsync(string address, string[] domains, Action<XmppServerOptions>? options = null, ICertificateSource? certificate = null, Action<IXmppServerBuilder>? build = null)
    {
        XmppTestServer? server = null;
        foreach (var domain in domains)
        {
            Name(domain, address);
        }

        _hosts[IPAddress.Parse(address)] = (connection, port) =>
        {
            server!.AcceptServer(connection, port == 5270);
            return connection.ClientConnection;
        };
        server = await XmppTestServer.StartAsync(
            given =>
            {
                foreach (var domain in domains)
                {
                    given.Domains.Add(domain);
                }

                given.Federation.Enabled = true;
                options?.Invoke(given);
            },
            builder =>
            {
                builder.Services.AddSingleton<IConnectionFactory>(this);
                builder.Services.AddSingleton<IDnsResolver>(_ => new FileDnsResolver(DnsAnswerFile.Parse(_records)));
                build?.Invoke(builder);
                if (certificate is not null)
                {
                    builder.Services.AddSingleton(certificate);
                }
            });
        return server;
    }

    /// <summary>A domain whose server the test plays: whoever connects there is read from the channel.</summary>
    internal ChannelReader<TestClient> Play(string domain, string address, TestCertificate certificate, bool isPatient = false)
    {
        Name(domain, address);
        var accepted = Channel.CreateUnbounded<TestClient>();
        _hosts[IPAddress.Parse(address)] = (connection, _) =>
        {
            accepted.Writer.TryWrite(new TestClient(connection, certificate.Certificate, Namespaces.Server) { IsPatient = isPatient });
            return connection;
        };
        return accepted.Reader;
    }

    /// <summary>A record; to be said before the server that asks is started.</summary>
    internal void Record(string line) => _records.Enqueue(line);

    /// <summary>A domain whose host refuses every connection.</summary>
    internal void Name(string domain, string address) => Record($"{domain} A {address}");

    public ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var (address, port) = endpoint is IPEndPoint ip ? (ip.Address, ip.Port) : throw new NotSupportedException();
        Ports.Enqueue(port);
        return !IsDown && _hosts.TryGetValue(address, out var connect)
            ? new(connect(Connection(), port))
            : throw new SocketException((int)SocketError.ConnectionRefused);
    }

    /// <summary>Cuts all connections that were made so far: what is on its way is lost.</summary>
    internal void Cut()
    {
        while (_open.TryTake(out var connection))
        {
            connection.Abort(new ConnectionAbortedException("The network is gone."));
        }
    }

    private MemoryConnection Connection()
    {
        var connection = new MemoryConnection($"s2s-{Interlocked.Increment(ref _connections)}", IPAddress.Loopback);
        _open.Add(connection);
        return connection;
    }
}
