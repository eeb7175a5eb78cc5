using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Web;

/// <summary>The PROXY protocol before a listener's bytes, over real sockets: what follows the header is the client's, from the client's address.</summary>
public class ProxyProtocolTests
{
    private const string V2 = "0D0A0D0A000D0A515549540A";
    private const string Tcp4 = "C0000201" + "C6336402" + "9C40" + "1466";
    private const string Tcp6 = "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002" + "9C40" + "1466";
    private static readonly string Unix = new('6', 2 * 216);

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 5222\r\n", "192.0.2.1:40000")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 40000 5222\r\n", "[2001:db8::1]:40000")]
    [InlineData("PROXY TCP6 ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", null)]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::1 0 65535\r\n", "[::ffff:192.0.2.1]:0")]
    [InlineData("PROXY UNKNOWN\r\n", "127.0.0.1")]
    [InlineData("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "127.0.0.1")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000\r\n", null)]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 5222 x\r\n", null)]
    [InlineData("PROXY TCP4  192.0.2.1 198.51.100.2 40000 5222\r\n", null)]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 5222\n<", null)]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 40000 5222\r\n", null)]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.2 40000 5222\r\n", null)]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.2 40000 5222\r\n", null)]
    [InlineData("PROXY TCP4 0xC0.0.2.1 198.51.100.2 40000 5222\r\n", null)]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 65536 5222\r\n", null)]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 040 5222\r\n", null)]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 -1 5222\r\n", null)]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 1 2\r\n", null)]
    [InlineData("PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n", null)]
    [InlineData("PROXY\r\n", null)]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.2 40000 5222\r\n", null)]
    [InlineData("<stream:stream>", null)]
    public Task Version_1(string header, string? client) => SaysAsync(Encoding.ASCII.GetBytes(header), client);

    [Theory]
    [InlineData("2111000C" + Tcp4, "192.0.2.1:40000")]
    [InlineData("21210024" + Tcp6, "[2001:db8::1]:40000")]
    // Further fields are passed over, also ones that make no sense.
    [InlineData("21110013" + Tcp4 + "04000401020304", "192.0.2.1:40000")]
    [InlineData("2111000E" + Tcp4 + "FFFF", "192.0.2.1:40000")]
    // The proxy's own connection, and families without addresses.
    [InlineData("20000000", "127.0.0.1")]
    [InlineData("2011000C" + Tcp4, "127.0.0.1")]
    [InlineData("21000000", "127.0.0.1")]
    [InlineData("21000003000000", "127.0.0.1")]
    [InlineData("2111000B" + "C0000201C63364029C4014", null)]
    [InlineData("2121000C" + Tcp4, null)]
    [InlineData("2112000C" + Tcp4, null)]
    [InlineData("2141000C" + Tcp4, null)]
    [InlineData("2211000C" + Tcp4, null)]
    [InlineData("1111000C" + Tcp4, null)]
    [InlineData("21111001", null)]
    [InlineData("2111FFFF", null)]
    public Task Version_2(string header, string? client) => SaysAsync(Convert.FromHexString(V2 + header), client);

    [Fact]
    public Task Version_2_of_a_socket_of_the_proxys_machine() => SaysAsync(Convert.FromHexString(V2 + "213100D8" + Unix), "127.0.0.1");

    [Fact]
    public Task Version_2_with_as_many_further_fields_as_are_taken() =>
        SaysAsync([.. Convert.FromHexString(V2 + "21111000" + Tcp4), .. new byte[4096 - 12]], "192.0.2.1:40000");

    [Fact]
    public Task A_line_of_version_1_without_an_end_is_cut() => SaysAsync(Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 100)), null);

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 40000 5222\r\n")]
    [InlineData(V2 + "2111000C" + Tcp4)]
    public async Task The_header_may_come_byte_by_byte(string header)
    {
        await using var server = await StartAsync("127.0.0.1");
        using var client = await ConnectAsync(server);

        foreach (var one in header.StartsWith(V2, StringComparison.Ordinal) ? Convert.FromHexString(header) : Encoding.ASCII.GetBytes(header))
        {
            await client.SendAsync(new[] { one }, TestContext.Current.CancellationToken);
        }

        await client.SendAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("192.0.2.1:40000 hello", await ReadAsync(client));
    }

    [Fact]
    public async Task Of_those_that_are_not_trusted_a_header_is_not_looked_at()
    {
        await using var server = await StartAsync("10.0.0.0/8");
        using var client = await ConnectAsync(server);

        await client.SendAsync("PROXY "u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.Equal("127.0.0.1 PROXY", (await ReadAsync(client)).TrimEnd());
    }

    [Fact]
    public async Task A_header_that_does_not_come_is_not_waited_for_longer_than_five_seconds()
    {
        var time = new FakeTime();
        await using var server = await StartAsync("127.0.0.1", time);
        using var client = await ConnectAsync(server);
        await client.SendAsync("PROXY TCP4"u8.ToArray(), TestContext.Current.CancellationToken);

        await time.WhenDelayedAsync();
        time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("", await ReadAsync(client));
    }

    [Fact]
    public async Task An_end_within_the_header_ends_the_connection()
    {
        await using var server = await StartAsync("127.0.0.1");
        using var client = await ConnectAsync(server);
        await client.SendAsync("PROXY TCP4"u8.ToArray(), TestContext.Current.CancellationToken);

        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("", await ReadAsync(client));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "", true)]
    [InlineData("127.0.0.1", "PROXY TCP4 127.0.0.1 127.0.0.1 40000 5222\r\n", false)]
    [InlineData("127.0.0.1", "PROXY UNKNOWN\r\n", false)]
    public async Task What_is_for_this_machine_is_for_nobody_behind_a_proxy(string trusted, string header, bool isFromHere)
    {
        await using var server = await StartAsync(trusted, serve: static listen => listen.UseXmppClientStream());
        using var client = await ConnectAsync(server);

        await client.SendAsync(
            Encoding.ASCII.GetBytes($"{header}<stream:stream to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"),
            TestContext.Current.CancellationToken);
        client.Shutdown(SocketShutdown.Send);

        var answer = await ReadAsync(client);
        Assert.Contains("</stream:features>", answer, StringComparison.Ordinal);
        Assert.Equal(isFromHere, answer.Contains("<register", StringComparison.Ordinal));
    }

    // An answer begins with the address that the listener sees; null where the connection is to be cut.
    private static async Task SaysAsync(byte[] header, string? address)
    {
        await using var server = await StartAsync("127.0.0.1");
        using var client = await ConnectAsync(server);

        await client.SendAsync((byte[])[.. header, .. "hello"u8], TestContext.Current.CancellationToken);

        Assert.Equal(address is null ? "" : $"{address} hello", await ReadAsync(client));
    }

    private static async Task<WebApplication> StartAsync(string trusted, TimeProvider? time = null, Action<ListenOptions>? serve = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<WebOptions>(options => options.TrustedProxies.Add(trusted));
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddXmppServer(static options =>
        {
            options.Domains.Add("example.org");
            (options.Registration, options.AllowInsecure) = (RegistrationPolicy.Loopback, true);
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.UseProxyProtocol();
            if (serve is null)
            {
                listen.Run(EchoAsync);
            }

            serve?.Invoke(listen);
        }));
        var server = builder.Build();
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    // Says once who sent what: the port only where it cannot be the socket's own.
    private static async Task EchoAsync(ConnectionContext connection)
    {
        var read = await connection.Transport.Input.ReadAtLeastAsync(5);
        var from = (IPEndPoint)connection.RemoteEndPoint!;
        var name = from.Address.Equals(IPAddress.Loopback) ? from.Address.ToString() : from.ToString();
        await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"{name} {Encoding.ASCII.GetString(read.Buffer)}"));
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
    }

    private static async Task<Socket> ConnectAsync(WebApplication server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(server.Urls.Single()).Port, TestContext.Current.CancellationToken);
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) is var count and > 0)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }

        return text.ToString();
    }
}
