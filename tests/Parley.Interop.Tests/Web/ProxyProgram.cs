using System.Net;
using System.Net.Sockets;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Web;

/// <summary>A real proxy in front of the server, on a free loopback port, with a folder of its own. Without the program the test is skipped, and says so.</summary>
internal sealed class ProxyProgram : IAsyncDisposable
{
    /// <summary>The address that the proxies connect from: another than the clients', so that the server can tell them apart.</summary>
    internal const string Address = "127.0.0.3";

    private readonly RunningProgram _program;
    private readonly string _folder;

    private ProxyProgram(RunningProgram program, string folder, int port) => (_program, _folder, Port) = (program, folder, port);

    /// <summary>Where it listens.</summary>
    internal int Port { get; }

    /// <summary>haproxy, with a section that listens at PORT.</summary>
    internal static Task<ProxyProgram> HaproxyAsync(string section, CancellationToken cancellationToken) => StartAsync(
        "/usr/sbin/haproxy",
        "haproxy.cfg",
        $"""
         global
           maxconn 100
         defaults
           timeout connect 5s
           timeout client 60s
           timeout server 60s
         {section}

         """,
        static (file, _) => ["-db", "-f", file],
        cancellationToken);

    /// <summary>nginx, with a server that listens at PORT.</summary>
    internal static Task<ProxyProgram> NginxAsync(string server, CancellationToken cancellationToken) => StartAsync(
        "/usr/sbin/nginx",
        "nginx.conf",
        $$"""
          daemon off;
          master_process off;
          pid FOLDER/nginx.pid;
          error_log stderr;
          events { worker_connections 100; }
          http {
            access_log off;
            client_body_temp_path FOLDER/body;
            proxy_temp_path FOLDER/proxy;
            fastcgi_temp_path FOLDER/fastcgi;
            uwsgi_temp_path FOLDER/uwsgi;
            scgi_temp_path FOLDER/scgi;
            map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
            server {
              {{server}}
            }
          }

          """,
        static (file, folder) => ["-c", file, "-p", folder, "-e", "stderr"],
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<ProxyProgram> StartAsync(
        string path, string name, string configuration, Func<string, string, string[]> arguments, CancellationToken cancellationToken)
    {
        Assert.SkipUnless(File.Exists(path), $"{path} is not installed.");
        var folder = Directory.CreateTempSubdirectory("parley-proxy-").FullName;
        var port = FreePort();
        var file = Path.Combine(folder, name);
        await File.WriteAllTextAsync(file, configuration.Replace("FOLDER", folder).Replace("PORT", $"{port}"), cancellationToken);
        var proxy = new ProxyProgram(RunningProgram.Start(path, arguments(file, folder)), folder, port);
        try
        {
            await proxy.ListensAsync(cancellationToken);
            return proxy;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    // Neither program chooses a port by itself, or says when it listens.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task ListensAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
                return;
            }
            catch (SocketException) when (!cancellationToken.IsCancellationRequested)
            {
                await Task.Yield();
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"The proxy does not listen. It said:\n{_program.Transcript}");
            }
        }
    }
}
