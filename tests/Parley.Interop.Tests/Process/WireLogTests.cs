using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Xunit;

namespace Parley.Interop.Tests.Process;

/// <summary>The log of what clients send and get hides what nobody else may know.</summary>
public sealed class WireLogTests
{
    private const string Secret = "c2VjcmV0";

    [Theory]
    [InlineData($"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{Secret}</auth>")]
    [InlineData($"<s:auth xmlns:s='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'\n>{Secret}</s:auth>")]
    [InlineData($"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'><![CDATA[{Secret}]]></auth>")]
    [InlineData($"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{Secret}</response>")]
    [InlineData($"<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>x</username><password>{Secret}</password></query></iq>")]
    [InlineData($"<iq type='set' id='r'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='password'><value>{Secret}</value></field></x></query></iq>")]
    public async Task Secrets_are_hidden(string element)
    {
        using var time = new TestTime(30);
        await using var server = await ParleyProcess.StartAsync(time.Token, ["--wire-log"]);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port, time.Token);

        const string Header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>";
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(Header + element + "</stream:stream>"), time.Token);
        await client.GetStream().CopyToAsync(Stream.Null, time.Token);
        await server.StopAsync(time.Token);

        Assert.Contains("[hidden]", server.Transcript, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, server.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_WebSocket_elements_are_shown_without_their_frames()
    {
        using var time = new TestTime(30);
        await using var server = await ParleyProcess.StartAsync(time.Token, ["--wire-log"]);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("xmpp");
        await socket.ConnectAsync(new Uri($"ws://localhost:{server.HttpPort}/xmpp-websocket"), time.Token);
        string[] elements =
        [
            "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>",
            $"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{Secret}</auth>",
            "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
        ];
        foreach (var element in elements)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(element), WebSocketMessageType.Text, true, time.Token);
        }

        var buffer = new byte[16 * 1024];
        while ((await socket.ReceiveAsync(buffer, time.Token)).MessageType != WebSocketMessageType.Close)
        {
            // The server closes behind its answer.
        }

        await server.StopAsync(time.Token);
        var sent = server.Transcript.Split('\n').Where(static line => line.Contains(">> ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(sent, static line => line.Contains(">> <open ", StringComparison.Ordinal));
        Assert.Contains(sent, static line => line.Contains(">> <stream:features ", StringComparison.Ordinal));
        Assert.Contains(sent, static line => line.Contains(">> <failure ", StringComparison.Ordinal));
        Assert.Contains(sent, static line => line.Contains(">> <close ", StringComparison.Ordinal));
        Assert.All(sent, static line => Assert.DoesNotContain(line.TrimEnd('\r'), char.IsControl));
        Assert.DoesNotContain('\uFFFD', server.Transcript);
        Assert.DoesNotContain(Secret, server.Transcript, StringComparison.Ordinal);
    }
}
