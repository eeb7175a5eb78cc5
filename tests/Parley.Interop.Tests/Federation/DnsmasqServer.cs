using System.Net;
using System.Net.Sockets;
using Parley.Interop.Tests.Process;
using Parley.Server.Federation;
using Parley.Server.Federation.Dns;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>A dnsmasq of the test's own, on a free loopback port, that knows what its configuration says and asks nobody.</summary>
internal sealed class DnsmasqServer : IAsyncDisposable
{
    private readonly RunningProgram _program;
    private readonly string _directory;

    private DnsmasqServer(RunningProgram program, string directory, int port)
    {
        _program = program;
        _directory = directory;
        Address = new IPEndPoint(IPAddress.Loopback, port);
    }

    internal IPEndPoint Address { get; }

    /// <summary>Starts it with lines of its configuration, or skips the test where it is not installed.</summary>
    internal static async Task<DnsmasqServer> StartAsync(IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        var path = new[] { "/usr/sbin/dnsmasq", "/usr/local/sbin/dnsmasq", "/sbin/dnsmasq" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "dnsmasq is not installed.");
        var directory = Directory.CreateTempSubdirectory("parley-dns-").FullName;
        var port = FreePort();
        var configuration = Path.Combine(directory, "dnsmasq.conf");
        await File.WriteAllLinesAsync(configuration, lines, cancellationToken);
        var program = RunningProgram.Start(
            path,
            [
                "--keep-in-foreground", $"--conf-file={configuration}", $"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts",
                "--log-facility=-", "--log-queries", "--pid-file=", $"--user={Environment.UserName}", "--group=",
            ]);
        try
        {
            await program.SaysAsync("started, version", cancellationToken);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }

        return new DnsmasqServer(program, directory, port);
    }

    /// <summary>A resolver that asks it, without a cache.</summary>
    internal UdpDnsResolver Resolver(TimeSpan? timeout = null)
    {
        var options = new FederationOptions { ResolverTimeout = timeout ?? TimeSpan.FromSeconds(5) };
        return new UdpDnsResolver(new FixedDnsServer(Address), new DnsExchange(options, TimeProvider.System), options);
    }

    /// <summary>All it has said: what it was asked.</summary>
    internal string Transcript => _program.Transcript;

    internal Task KillAsync() => _program.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
