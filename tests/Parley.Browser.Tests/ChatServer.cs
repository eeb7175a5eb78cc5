using System.Net;
using Parley.Interop.Tests;
using Parley.Interop.Tests.Process;

namespace Parley.Browser.Tests;

/// <summary>The real server as it is without options, but for its ports and its data, which go with it.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private readonly RunningProgram _program;
    private readonly string _data;

    private ChatServer(RunningProgram program, string data, int port)
    {
        _program = program;
        _data = data;
        Root = new Uri($"http://localhost:{port}/");
    }

    /// <summary>Where its web is.</summary>
    internal Uri Root { get; }

    internal Uri Chat => new(Root, "chat");

    internal string Transcript => _program.Transcript;

    internal static async Task<ChatServer> StartAsync(CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var data = Directory.CreateTempSubdirectory("parley-browser-").FullName;
        var program = RunningProgram.Start(
            "dotnet",
            [
                Repository.Parley, "serve", "--data", data, "--bind", IPAddress.Loopback.ToString(),
                "--c2s-port", "off", "--c2s-tls-port", "off", "--http-port", "0", "--https-port", "off",
            ],
            settings.ToDictionary(static setting => $"PARLEY__{setting.Key}", static setting => setting.Value));
        try
        {
            const string Listening = "listening http ";
            var line = await program.LineAsync(static line => line.StartsWith(Listening, StringComparison.Ordinal), cancellationToken);
            await program.LineAsync(static line => line == "ready", cancellationToken);
            return new ChatServer(program, data, IPEndPoint.Parse(line[Listening.Length..]).Port);
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
}
