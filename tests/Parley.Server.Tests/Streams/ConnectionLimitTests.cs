using System.Net;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Streams;

/// <summary>XEP-0205 §4.1 and §4.2.</summary>
public class ConnectionLimitTests
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.7");
    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.8");

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8::1", "2001:db8::2")]
    public async Task One_connection_too_many_from_an_address_ends_before_a_stream_begins(string first, string second)
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxConnectionsPerAddress = 2);
        var one = await server.OpenAsync(from: IPAddress.Parse(first));
        await server.OpenAsync(from: IPAddress.Parse(second));

        await server.Connect(Transport.Plaintext, IPAddress.Parse(first)).ExpectEndAsync();
        await server.OpenAsync(from: Elsewhere);

        await one.SendAsync("</stream:stream>");
        await one.ExpectCloseAsync();
        await server.OpenAsync(from: IPAddress.Parse(second));
        await server.Connect(Transport.DirectTls, IPAddress.Parse(first)).ExpectEndAsync();
    }

    [Fact]
    public async Task An_address_begins_so_many_connections_in_a_minute()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.MaxConnectionsPerMinute = 2);
        for (var i = 0; i < 2; i++)
        {
            var client = await server.OpenAsync(from: Here);
            await client.SendAsync("</stream:stream>");
            await client.ExpectCloseAsync();
        }

        await server.Connect(Transport.Plaintext, Here).ExpectEndAsync();
        await server.OpenAsync(from: Elsewhere);

        server.Time.Advance(TimeSpan.FromMinutes(1));
        await server.OpenAsync(from: Here);
    }
}
