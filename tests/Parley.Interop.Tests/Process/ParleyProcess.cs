using System.Globalization;
using System.Net;

namespace Parley.Interop.Tests.Process;

/// <summary>The real server in a process of its own, on free loopback ports, with a data directory of its own.</summary>
internal sealed class ParleyProcess : IAsyncDisposable
{
    internal const string Domain = "localhost";
    private readonly RunningProgram _program;
    private readonly bool _ownsData;

    private ParleyProcess(RunningProgram program, string data, bool ownsData, int port, int directTlsPort, int httpPort, int httpsPort)
    {
        _program = program;
        _ownsData = ownsData;
        Data = data;
        Port = port;
        DirectTlsPort = directTlsPort;
        HttpPort = httpPort;
        HttpsPort = httpsPort;
    }

    /// <summary>The port that begins in plaintext.</summary>
    internal int Port { get; }

    /// <summary>The port that is under TLS from the first byte (XEP-0368).</summary>
    internal int DirectTlsPort { get; }

    /// <summary>The port of the web without TLS.</summary>
    internal int HttpPort { get; }

    /// <summary>The port of the web under TLS.</summary>
    internal int HttpsPort { get; }

    /// <summary>The port of external components; 0 where none is among the options.</summary>
    internal int ComponentPort { get; private init; }

    internal string Data { get; }

    internal string CertificatePath => Path.Combine(Data, "certificates", $"{Domain}.pem");

    internal string KeyPath => Path.Combine(Data, "certificates", $"{Domain}.key");

    internal string DatabasePath => Path.Combine(Data, "parley.db");

    internal string Transcript => _program.Transcript;

    /// <summary>The resident memory of the process, in bytes.</summary>
    internal long ResidentBytes => File.ReadLines($"/proc/{_program.Id}/status")
        .Where(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(static line => long.Parse(line["VmRSS:".Length..].Replace("kB", "").Trim(), CultureInfo.InvariantCulture) * 1024)
        .Single();

    /// <summary>Starts the server with in-band registration open, and waits until it listens.</summary>
    /// <param name="options">Options of <c>parley serve</c>.</param>
    /// <param name="data">A data directory that outlives this process; null for a new one that goes with it.</param>
    /// <param name="address">Where it listens; null for 127.0.0.1.</param>
    /// <param name="settings">Settings that have no option, by their keys, such as <c>Federation:RetryDelay</c>.</param>
    internal static async Task<ParleyProcess> StartAsync(
        CancellationToken cancellationToken, string[]? options = null, string? data = null, IPAddress? address = null, IReadOnlyDictionary<string, string>? settings = null)
    {
        var directory = data ?? Directory.CreateTempSubdirectory("parley-interop-").FullName;
        var program = RunningProgram.Start(
            "dotnet",
            [
                Repository.Parley, "serve", "--data", directory, "--bind", $"{address ?? IPAddress.Loopback}",
                "--c2s-port", "0", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "0", "--component-port", "0",
                "--allow-registration", "--no-rate-limits", .. options ?? [],
            ],
            settings?.ToDictionary(static setting => $"PARLEY__{setting.Key.Replace(":", "__")}", static setting => setting.Value));
        try
        {
            var port = await PortAsync(program, "listening c2s ", cancellationToken);
            var directTlsPort = await PortAsync(program, "listening c2s-tls ", cancellationToken);
            var httpPort = await PortAsync(program, "listening http ", cancellationToken);
            var httpsPort = await PortAsync(program, "listening https ", cancellationToken);
            var componentPort = options?.Contains("--component") == true ? await PortAsync(program, "listening component ", cancellationToken) : 0;
            await program.LineAsync(static line => line == "ready", cancellationToken);
            return new ParleyProcess(program, directory, data is null, port, directTlsPort, httpPort, httpsPort) { ComponentPort = componentPort };
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGHUP: the server reads its certificates again.</summary>
    internal Task HangUpAsync() => _program.SignalAsync("HUP");

    /// <summary>Waits until its log has a text; lines before it are skipped.</summary>
    internal Task SaysAsync(string text, CancellationToken cancellationToken) => _program.SaysAsync(text, cancellationToken);

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    internal Task KillAsync() => _program.KillAsync();

    /// <summary>SIGTERM: the server ends its streams and itself. Everything it said is then in the transcript.</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        await _program.SignalAsync("TERM");
        await _program.EndAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        if (_ownsData)
        {
            Directory.Delete(Data, recursive: true);
        }
    }

    private static async Task<int> PortAsync(RunningProgram program, string prefix, CancellationToken cancellationToken)
    {
        var line = await program.LineAsync(line => line.StartsWith(prefix, StringComparison.Ordinal), cancellationToken);
        return IPEndPoint.Parse(line[prefix.Length..]).Port;
    }
}
