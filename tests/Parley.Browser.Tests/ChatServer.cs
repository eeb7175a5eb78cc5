using System.Net;
using Parley.Interop.Tests;
using Parley.Interop.Tests.Process;

namespace Parley.Browser.Tests;

/// <summary>The real server as it is without options, but for its ports and its data, which go with it.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private readonly RunningProgram _program;
    private readonly string _data;

    private ChatServer(RunningProgram program, string data, int port, int directTlsPort)
    {
        _program = program;
        _data = data;
        Root = new Uri($"http://localhost:{port}/");
        DirectTlsPort = directTlsPort;
    }

    /// <summary>Where its web is.</summary>
    internal Uri Root { get; }

    internal Uri Chat => new(Root, "chat");

    /// <summary>Where clients are that are no browsers, under TLS from the first byte.</summary>
    internal int DirectTlsPort { get; }

    internal string Transcript => _program.Transcript;

    internal static async Task<ChatServer> StartAsync(CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var data = Directory.CreateTempSubdirectory("parley-browser-").FullName;
        var program = RunningProgram.Start(
            "dotnet",
            [
                Repository.Parley, "serve", "--data", data, "--bind", IPAddress.Loopback.ToString(),
                "--c2s-port", "off", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "off",
            ],
            settings.ToDictionary(static setting => $"PARLEY__{setting.Key}", static setting => setting.Value));
        try
        {
            var directTlsPort = await PortAsync(program, "listening c2s-tls ", cancellationToken);
            var port = await PortAsync(program, "listening http ", cancellationToken);
            await program.LineAsync(static line => line == "ready", cancellationToken);
            return new ChatServer(program, data, port, directTlsPort);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private static async Task<int> PortAsync(RunningProgram program, string listening, CancellationToken cancellationToken)
    {
        var line = await program.LineAsync(line => line.StartsWith(listening, StringComparison.Ordinal), cancellationToken);
        return IPEndPoint.Parse(line[listening.Length..]).Port;
    }
}
