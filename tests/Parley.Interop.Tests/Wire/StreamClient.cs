using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Xunit;

namespace Parley.Interop.Tests.Wire;

/// <summary>A client made of a socket and the platform's own XML reader, which vouches that what the server writes is XML.</summary>
internal sealed class StreamClient : IAsyncDisposable
{
    internal static readonly XNamespace Client = "jabber:client";
    private static readonly XmlReaderSettings Settings = new() { Async = true, CloseInput = false };
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly string _domain;
    private Stream _stream = Stream.Null;
    private XmlReader? _reader;
    private int _lastId;

    private StreamClient(string domain) => _domain = domain;

    /// <summary>Connects and opens a stream, under TLS where the port is a direct TLS one.</summary>
    internal static Task<StreamClient> ConnectAsync(int port, CancellationToken cancellationToken, bool directTls = false) =>
        ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), "localhost", cancellationToken, directTls);

    /// <summary>Connects to a server at some address and opens a stream to a domain of its.</summary>
    internal static async Task<StreamClient> ConnectAsync(IPEndPoint address, string domain, CancellationToken cancellationToken, bool directTls = false)
    {
        var client = new StreamClient(domain);
        try
        {
            await client._tcp.ConnectAsync(address, cancellationToken);
            client._stream = client._tcp.GetStream();
            if (directTls)
            {
                var tls = new SslStream(client._stream, leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
                client._stream = tls;
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = domain }, cancellationToken);
            }

            await client.OpenAsync(cancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects, authenticates with PLAIN and binds a resource.</summary>
    internal static async Task<StreamClient> LogInAsync(int port, string user, CancellationToken cancellationToken, bool directTls = false)
    {
        var client = await ConnectAsync(port, cancellationToken, directTls);
        try
        {
            await client.AuthenticateAsync(user, cancellationToken);
            await client.BindAsync(cancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Registers an account in-band, whose password is its name (XEP-0077 §3.1).</summary>
    internal Task RegisterAsync(string user, CancellationToken cancellationToken) => RegisterAsync(user, user, cancellationToken);

    /// <summary>Registers an account in-band (XEP-0077 §3.1).</summary>
    internal async Task RegisterAsync(string user, string password, CancellationToken cancellationToken)
    {
        var answer = await RequestAsync(
            $"<query xmlns='jabber:iq:register'><username>{user}</username><password>{password}</password></query>", "set", cancellationToken);
        Assert.Equal("result", answer.Attribute("type")?.Value);
    }

    /// <summary>Authenticates with PLAIN and opens the stream anew; no resource is bound yet.</summary>
    internal async Task AuthenticateAsync(string user, CancellationToken cancellationToken)
    {
        var secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{user}"));
        await SendAsync($"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>", cancellationToken);
        Assert.Equal("success", (await ReadAsync(cancellationToken)).Name.LocalName);
        await OpenAsync(cancellationToken);
    }

    internal async Task BindAsync(CancellationToken cancellationToken, string resource = "r")
    {
        var bound = await RequestAsync(
            $"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind>", "set", cancellationToken);
        Assert.Equal("result", bound.Attribute("type")?.Value);
    }

    internal async Task SendAsync(string xml, CancellationToken cancellationToken) =>
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(xml), cancellationToken);

    /// <summary>The next element on the stream.</summary>
    /// <exception cref="EndOfStreamException">The server closed the stream.</exception>
    internal async Task<XElement> ReadAsync(CancellationToken cancellationToken)
    {
        while (await _reader!.ReadAsync().WaitAsync(cancellationToken))
        {
            if (_reader.NodeType == XmlNodeType.Element)
            {
                return await XElement.LoadAsync(_reader.ReadSubtree(), LoadOptions.PreserveWhitespace, cancellationToken);
            }

            if (_reader.NodeType == XmlNodeType.EndElement)
            {
                break;
            }
        }

        throw new EndOfStreamException("The server closed the stream.");
    }

    /// <summary>The next element that does; <paramref name="others"/> sees those before it.</summary>
    internal async Task<XElement> ReadAsync(Func<XElement, bool> does, CancellationToken cancellationToken, Action<XElement>? others = null)
    {
        while (true)
        {
            var element = await ReadAsync(cancellationToken);
            if (does(element))
            {
                return element;
            }

            others?.Invoke(element);
        }
    }

    /// <summary>Sends a request and reads to its answer; <paramref name="others"/> sees what comes before.</summary>
    internal async Task<XElement> RequestAsync(
        string payload, string type, CancellationToken cancellationToken, Action<XElement>? others = null, string? to = null)
    {
        var id = (++_lastId).ToString(CultureInfo.InvariantCulture);
        await SendAsync($"<iq type='{type}' id='{id}'{(to is null ? "" : $" to='{to}'")}>{payload}</iq>", cancellationToken);
        return await ReadAsync(
            element => element.Name.LocalName == "iq" && element.Attribute("id")?.Value == id && element.Attribute("type")?.Value is "result" or "error",
            cancellationToken,
            others);
    }

    /// <summary>All that was sent before has been handled when this returns: stanzas are handled in order (RFC 6120 §10.1).</summary>
    internal Task PingAsync(CancellationToken cancellationToken, Action<XElement>? others = null) =>
        RequestAsync("<ping xmlns='urn:xmpp:ping'/>", "get", cancellationToken, others);

    /// <summary>The end of the connection, from any thread: what reads or writes fails.</summary>
    internal void Abort() => _tcp.Dispose();

    public async ValueTask DisposeAsync()
    {
        // The reader owns nothing, and refuses to be disposed of while a read is under way.
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        await SendAsync(
            $"<?xml version='1.0'?><stream:stream to='{_domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
            cancellationToken);
        _reader = XmlReader.Create(_stream, Settings);
        while (_reader.NodeType != XmlNodeType.Element)
        {
            Assert.True(await _reader.ReadAsync().WaitAsync(cancellationToken));
        }

        Assert.Equal("stream", _reader.LocalName);
        Assert.Equal("features", (await ReadAsync(cancellationToken)).Name.LocalName);
    }
}
