using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(Parley.Interop.Tests.Storage.PostgreSqlServer))]

namespace Parley.Interop.Tests.Storage;

/// <summary>A PostgreSQL of the tests' own: in a temporary folder, on a free loopback port, started when first asked for and gone with this object.</summary>
/// <remarks>It is stopped too when the tests are killed: the shell that waits for it reads from them. Others that run on this machine are neither used nor touched.</remarks>
public sealed class PostgreSqlServer : IDisposable
{
    private const string User = "parley";

    // Ends the server when its own input ends, and itself when the server does.
    private const string Keeper = """
        exec 3<&0
        "$@" </dev/null &
        server=$!
        (cat <&3 >/dev/null; kill -INT $server 2>/dev/null) &
        wait $server
        """;

    private readonly Lock _gate = new();
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"parley-postgres-{Guid.NewGuid():N}");
    private System.Diagnostics.Process? _keeper;
    private int _port;
    private int _databases;

    private string Data => Path.Combine(_directory, "data");

    /// <summary>The server that the tests of this run share.</summary>
    public static async ValueTask<PostgreSqlServer> SharedAsync() =>
        await TestContext.Current.GetFixture<PostgreSqlServer>() ?? throw new InvalidOperationException("There is no PostgreSQL for this run.");

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public string CreateDatabase()
    {
        Start();
        var name = $"test{Interlocked.Increment(ref _databases)}";
        using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        connection.Open();
        using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        create.ExecuteNonQuery();
        return ConnectionString(name);
    }

    /// <summary>Starts the server, unless it runs.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_keeper is not null)
            {
                return;
            }

            if (_port == 0)
            {
                Initialize();
            }

            _keeper = StartKeeper();
            AwaitAnswer();
        }
    }

    /// <summary>Stops the server and cuts off whoever is connected; its data stays.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (_keeper is null)
            {
                return;
            }

            _keeper.StandardInput.Close();
            _keeper.WaitForExit();
            _keeper.Dispose();
            _keeper = null;
        }
    }

    public void Dispose()
    {
        Stop();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static string Program(string name) => Installed(name) ?? throw Xunit.Sdk.SkipException.ForSkip("PostgreSQL is not installed.");

    private static string? Installed(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/local/bin");
        const string Debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(Debian) ? Directory.GetDirectories(Debian).OrderDescending(StringComparer.Ordinal).Select(static version => Path.Combine(version, "bin")) : [];
        return folders.Concat(versions).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    // PostgreSQL refuses to run as root.
    private static string[] AsOrdinaryUser(params string[] command)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return command;
        }

        var user = File.ReadLines("/etc/passwd").Any(static line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";
        return ["setpriv", $"--reuid={user}", "--clear-groups", "--", .. command];
    }

    private static void Run(params string[] command)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command[0]} ended with {process.ExitCode}.");
    }

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={_port};Username={User};Database={database}";

    private void Initialize()
    {
        var initdb = Program("initdb");
        Directory.CreateDirectory(_directory);
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", AsOrdinaryUser()[1]["--reuid=".Length..], _directory);
        }

        Run(AsOrdinaryUser(initdb, "--pgdata", Data, "--username", User, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private System.Diagnostics.Process StartKeeper()
    {
        string[] server =
        [
            Program("postgres"), "-D", Data, "-p", $"{_port}", "-k", _directory,
            "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "logging_collector=off",
        ];
        var start = new ProcessStartInfo("sh", ["-c", Keeper, "keeper", .. AsOrdinaryUser(server)])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        var keeper = System.Diagnostics.Process.Start(start)!;
        keeper.OutputDataReceived += static (_, _) => { };
        keeper.ErrorDataReceived += (_, line) => File.AppendAllText(Path.Combine(_directory, "log"), line.Data + "\n");
        keeper.BeginOutputReadLine();
        keeper.BeginErrorReadLine();
        return keeper;
    }

    private void AwaitAnswer()
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
                connection.Open();
                return;
            }
            catch (NpgsqlException) when (deadline.Elapsed < TimeSpan.FromSeconds(30) && !_keeper!.HasExited)
            {
                Thread.Sleep(20);
            }
        }
    }
}
