using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Somebody on IRC: lines over a socket.</summary>
internal sealed class IrcUser : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly StringBuilder _transcript = new();
    private StreamReader? _reader;

    internal static async Task<IrcUser> ConnectAsync(IPAddress server, string nick, CancellationToken cancellationToken)
    {
        var user = new IrcUser();
        await user._tcp.ConnectAsync(server, 6667, cancellationToken);
        user._reader = new StreamReader(user._tcp.GetStream(), new UTF8Encoding(false));
        await user.SayAsync($"NICK {nick}\r\nUSER {nick} 0 * :{nick}", cancellationToken);
        await user.HearAsync(" 001 ", cancellationToken);
        return user;
    }

    internal async Task SayAsync(string line, CancellationToken cancellationToken) =>
        await _tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellationToken);

    /// <summary>The next line with that in it; pings are answered meanwhile.</summary>
    internal async Task<string> HearAsync(string text, CancellationToken cancellationToken)
    {
        try
        {
            while (await _reader!.ReadLineAsync(cancellationToken) is { } line)
            {
                _transcript.AppendLine(line);
                if (line.StartsWith("PING ", StringComparison.Ordinal))
                {
                    await SayAsync($"PONG {line[5..]}", cancellationToken);
                }
                else if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        Assert.Fail($"'{text}' was due on IRC. There came:\n{_transcript}");
        return "";
    }

    public void Dispose() => _tcp.Dispose();
}
