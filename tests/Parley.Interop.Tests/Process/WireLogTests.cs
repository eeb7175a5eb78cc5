using System.Net;
using System.Net.Sockets;
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
}
