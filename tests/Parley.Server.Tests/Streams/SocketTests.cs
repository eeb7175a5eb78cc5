using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>Streams over real sockets, which the server writes to without the web server's pipes.</summary>
public class SocketTests
{
    private const string Open = "<stream:stream to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

    // More than the system keeps for a connection on both sides together.
    private const int Count = 2000;
    private const int BodyLength = 8000;

    [Fact]
    public async Task What_the_system_does_not_take_at_once_arrives_whole_and_in_order()
    {
        await using var server = await StartAsync();
        using var alice = await ConnectAsync(server);
        await LogInAsync(alice);

        var body = new string('x', BodyLength);
        for (var i = 0; i < Count; i++)
        {
            await SendAsync(alice, $"<message to='alice@example.org/a' type='headline' id='{i:D5}'><body>{body}</body></message>");
        }

        for (var i = 0; i < Count; i++)
        {
            var message = await ReadToAsync(alice, "</message>");
            Assert.Contains($"id='{i:D5}'", message, StringComparison.Ordinal);
            Assert.Contains($"<body>{body}</body></message>", message, StringComparison.Ordinal);
            Assert.Single(message.Split("<message"), static part => part.Length > 0);
        }
    }

    [Fact]
    public async Task A_client_that_never_reads_and_goes_ends_its_session()
    {
        await using var server = await StartAsync();
        var body = new string('x', BodyLength);
        using (var deaf = await ConnectAsync(server))
        {
            await LogInAsync(deaf);
            for (var i = 0; i < Count; i++)
            {
                await SendAsync(deaf, $"<message to='alice@example.org/a' type='headline'><body>{body}</body></message>");
            }

            // With a reset: what has not been read is thrown away.
            deaf.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        // The same resource, without a conflict to be told to anybody: its stream can be opened again, and answers.
        using var again = await ConnectAsync(server);
        await LogInAsync(again);
        await SendAsync(again, "<iq type='get' id='p' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
        Assert.Contains("id='p'", await ReadToAsync(again, "/>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_lies_between_the_socket_and_the_stream_sees_every_byte()
    {
        await using var server = await StartAsync(static listen => listen.Use(static next => async connection =>
        {
            var bare = connection.Transport;
            var output = new Pipe();
            connection.Transport = new Layer(bare.Input, output.Writer);
            var passing = ShoutAsync(output.Reader, bare.Output);
            await next(connection);
            await output.Writer.CompleteAsync();
            await passing;
        }));
        using var client = await ConnectAsync(server);

        await SendAsync(client, Open);
        client.Shutdown(SocketShutdown.Send);

        var answer = await ReadToAsync(client, "</STREAM:STREAM>");
        Assert.Equal(answer.ToUpperInvariant(), answer);
    }

    private static async Task ShoutAsync(PipeReader from, PipeWriter to)
    {
        ReadResult read;
        do
        {
            read = await from.ReadAsync();
            var text = Encoding.UTF8.GetString(read.Buffer);
            from.AdvanceTo(read.Buffer.End);
            await to.WriteAsync(Encoding.UTF8.GetBytes(text.ToUpperInvariant()));
        }
        while (!read.IsCompleted);
    }

    private static async Task<WebApplication> StartAsync(Action<ListenOptions>? before = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddXmppServer(static options =>
        {
            options.Domains.Add("example.org");
            (options.AllowInsecure, options.RateLimits) = (true, false);
            options.MaxOutputBytes = 4 * Count * BodyLength;
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            before?.Invoke(listen);
            listen.UseXmppClientStream();
        }));
        var server = builder.Build();
        await server.StartAsync(TestContext.Current.CancellationToken);
        await server.Services.GetRequiredService<IAccountStore>().CreateAsync(
            Jid.Parse("alice@example.org"),
            StoredCredentials.FromPassword(XmppTestServer.Password, 4096, ScramHash.Sha1, ScramHash.Sha256, ScramHash.Sha512),
            TestContext.Current.CancellationToken);
        return server;
    }

    private static async Task<Socket> ConnectAsync(WebApplication server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 16 * 1024 };
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(server.Urls.Single()).Port, TestContext.Current.CancellationToken);
        return socket;
    }

    private static async Task LogInAsync(Socket client)
    {
        await SendAsync(client, Open);
        await ReadToAsync(client, "</stream:features>");
        var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0alice\0{XmppTestServer.Password}"));
        await SendAsync(client, $"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>");
        await ReadToAsync(client, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        await SendAsync(client, Open);
        await ReadToAsync(client, "</stream:features>");
        await SendAsync(client, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>a</resource></bind></iq>");
        await ReadToAsync(client, "</iq>");
    }

    private static async Task SendAsync(Socket client, string text)
    {
        var rest = Encoding.UTF8.GetBytes(text).AsMemory();
        while (!rest.IsEmpty)
        {
            rest = rest[await client.SendAsync(rest, TestContext.Current.CancellationToken)..];
        }
    }

    // Up to what it ends with, and not a byte further.
    private static async Task<string> ReadToAsync(Socket client, string end)
    {
        var (text, buffer) = (new StringBuilder(), new byte[16 * 1024]);
        while (true)
        {
            var seen = await client.ReceiveAsync(buffer, SocketFlags.Peek, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, seen);
            var before = text.Length;
            text.Append(Encoding.ASCII.GetString(buffer, 0, seen));
            var found = text.ToString().IndexOf(end, Math.Max(before - end.Length, 0), StringComparison.Ordinal);
            var taken = found < 0 ? seen : found + end.Length - before;
            await client.ReceiveAsync(buffer.AsMemory(0, taken), SocketFlags.None, TestContext.Current.CancellationToken);
            if (found >= 0)
            {
                text.Length = before + taken;
                return text.ToString();
            }
        }
    }

    private sealed record Layer(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
