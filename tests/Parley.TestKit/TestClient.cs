using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.TestKit;

/// <summary>A client that a test drives by hand: it sends what it is told, byte for byte, and reads whole elements.</summary>
/// <remarks>Nothing waits longer than <see cref="Patience"/>; then the test fails with what was sent and received so far.</remarks>
public sealed class TestClient : IAsyncDisposable
{
    /// <summary>Real time after which a test that waits has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const string Framing = "urn:ietf:params:xml:ns:xmpp-framing";
    private static readonly XmlLimits NoLimits = new() { MaxBytes = 64 * 1024 * 1024, MaxDepth = 1024, MaxAttributes = 1024 };
    private readonly StanzaScanner _scanner;
    private readonly List<XmlElement> _received = [];
    private readonly StringBuilder _transcript = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly X509Certificate2 _expected;
    private ReadOnlyMemory<byte> _unread;
    private Stream _stream;
    private bool _closeSeen;
    private int _lastId;

    /// <summary>A peer at the client's end of a connection.</summary>
    public TestClient(MemoryConnection connection, X509Certificate2 expected, string contentNamespace = Namespaces.Client, bool isWebSocket = false)
    {
        Connection = connection;
        ContentNamespace = contentNamespace;
        _expected = expected;
        _stream = connection.ClientStream;
        _scanner = new(NoLimits, isWebSocket ? ScannerMode.Document : ScannerMode.Stream);
        if (isWebSocket)
        {
            _stream = WebSocket = new ClientWebSocket(_stream);
        }
    }

    /// <summary>What its stanzas are in: jabber:client, or a component's namespace.</summary>
    public string ContentNamespace { get; }

    /// <summary>The connection below.</summary>
    public MemoryConnection Connection { get; }

    /// <summary>Whether it waits for as long as nothing comes: for a peer that a test leaves running beside it.</summary>
    public bool IsPatient { get; init; }

    /// <summary>The WebSocket; null on another transport.</summary>
    internal ClientWebSocket? WebSocket { get; }

    /// <summary>The code with which the server closed the WebSocket; null before.</summary>
    public int? CloseCode => WebSocket?.CloseCode;

    /// <summary>Where the server says that the client is to connect instead (RFC 7395 §3.6.1); null for nowhere.</summary>
    public string? SeeOtherUri { get; private set; }

    /// <summary>How many pings the WebSocket has brought, as far as it was read.</summary>
    public int Pings => WebSocket?.Pings ?? 0;

    /// <summary>How many compressed messages the WebSocket has brought, as far as it was read.</summary>
    public int CompressedMessages => WebSocket?.CompressedMessages ?? 0;

    /// <summary>The payload of the last pong that the WebSocket has brought, as far as it was read; null before.</summary>
    public byte[]? LastPong => WebSocket?.LastPong;

    /// <summary>The server's header of the present stream; null until it has been received.</summary>
    public StreamHeader? Header { get; private set; }

    /// <summary>The features last received by <see cref="OpenAsync"/>.</summary>
    public XmlElement Features { get; private set; }

    /// <summary>The full JID that was bound, or null.</summary>
    public string? Jid { get; private set; }

    /// <summary>The bound JID without its resource.</summary>
    public string BareJid => Jid is { } full ? full[..full.IndexOf('/', StringComparison.Ordinal)] : throw new InvalidOperationException("No resource is bound.");

    /// <summary>The domain of the stream.</summary>
    public string Domain { get; private set; } = "example.org";

    /// <summary>Sends text as it is. What the server no longer reads is lost, as on any network.</summary>
    public Task SendAsync(string xml) => SendAsync(Encoding.UTF8.GetBytes(xml));

    /// <inheritdoc cref="SendAsync(string)"/>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Note("C", bytes.Span);
        try
        {
            await _stream.WriteAsync(bytes).AsTask().WaitAsync(Patience);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            Note("C", "(the server does not read any more)"u8);
        }
        catch (TimeoutException)
        {
            Fail("The server does not read");
        }
    }

    /// <summary>Sends bytes on a WebSocket that are frames already.</summary>
    public ValueTask SendBareAsync(params byte[][] frames)
    {
        byte[] bytes = [.. frames.SelectMany(static frame => frame)];
        Note("C", bytes);
        return WebSocket!.WriteBareAsync(bytes);
    }

    /// <summary>The client goes on receiving, but answers neither pings nor close frames.</summary>
    public void StopAnswering() => WebSocket!.Answers = false;

    /// <summary>Sends a stream header to the domain; the server's header and features are not read yet.</summary>
    public Task SendHeaderAsync(string? to = null) =>
        SendAsync(WebSocket is null
            ? $"<?xml version='1.0'?><stream:stream xmlns='{ContentNamespace}' xmlns:stream='{Namespaces.Streams}' to='{to ?? Domain}' version='1.0'>"
            : $"<open xmlns='{Framing}' to='{to ?? Domain}' version='1.0'/>");

    /// <summary>Closes the stream; what comes of it is not received yet.</summary>
    public Task SendCloseAsync() => SendAsync(WebSocket is null ? "</stream:stream>" : $"<close xmlns='{Framing}'/>");

    /// <summary>Opens the stream, and reads the server's header and its features.</summary>
    public async Task OpenAsync(string? to = null)
    {
        Domain = to ?? Domain;
        ExpectHeader();
        await SendHeaderAsync();
        await ReceiveFeaturesAsync();
    }

    /// <summary>Reads the server's header and its features.</summary>
    public async Task ReceiveFeaturesAsync()
    {
        await ReceiveHeaderAsync();
        Features = await ReceiveAsync();
        Assert.True(Features.Is("features", Namespaces.Streams), Describe("Features were due"));
    }

    /// <summary>Expects a new stream from here on: after TLS or authentication (RFC 6120 §4.3.3).</summary>
    public void ExpectHeader()
    {
        _scanner.Reset();
        Header = null;
    }

    /// <summary>Opens a component's stream, and makes its handshake (XEP-0114 §3): what it answers is left to be received.</summary>
    public async Task HandshakeAsync(string domain, string secret)
    {
        Domain = domain;
        await SendHeaderAsync();
        await ReceiveHeaderAsync();
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData(Encoding.UTF8.GetBytes(Header!.Id + secret)));
        await SendAsync($"<handshake>{hash}</handshake>");
    }

    /// <summary>Negotiates TLS (RFC 6120 §5), up to the end of the handshake.</summary>
    public async Task StartTlsAsync()
    {
        await SendAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        var proceed = await ReceiveAsync();
        Assert.True(proceed.Is("proceed", Namespaces.Tls), Describe("<proceed/> was due"));
        await SecureAsync();
    }

    /// <summary>Performs the TLS handshake; the server has to show its certificate.</summary>
    public async Task SecureAsync()
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: true, (_, shown, _, _) => _expected.Equals(shown));
        await tls.AuthenticateAsClientAsync(Domain).WaitAsync(Patience);
        _stream = tls;
        ExpectHeader();
    }

    /// <summary>Performs the TLS handshake with a certificate of one's own: as another server does.</summary>
    public async Task SecureAsync(X509Certificate2 own)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: true, (_, shown, _, _) => _expected.Equals(shown));
        var options = new SslClientAuthenticationOptions { TargetHost = Domain, ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true) };
        await tls.AuthenticateAsClientAsync(options).WaitAsync(Patience);
        _stream = tls;
        ExpectHeader();
    }

    /// <summary>Performs the TLS handshake as the side that was connected to, and asks for a certificate, as another server does.</summary>
    /// <returns>The certificate that was shown; null for none.</returns>
    public async Task<X509Certificate?> AcceptSecureAsync(X509Certificate2 own)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: true, static (_, shown, _, errors) => shown is not null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable));
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true),
            ClientCertificateRequired = true,
            AllowTlsResume = false,
        };
        await tls.AuthenticateAsServerAsync(options).WaitAsync(Patience);
        _stream = tls;
        ExpectHeader();
        return tls.RemoteCertificate;
    }

    /// <summary>Authenticates with PLAIN (RFC 4616), and opens the stream anew.</summary>
    public async Task AuthenticateAsync(string username, string password)
    {
        var message = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{username}\0{password}"));
        await SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{message}</auth>");
        var outcome = await ReceiveAsync();
        Assert.True(outcome.Is("success", Namespaces.Sasl), Describe("<success/> was due"));
        await OpenAsync();
    }

    /// <summary>Binds a resource (RFC 6120 §7), the server's choice where it is null.</summary>
    public async Task BindAsync(string? resource)
    {
        var choice = resource is null ? "" : $"<resource>{resource}</resource>";
        var reply = await IqAsync("set", null, $"<bind xmlns='{Namespaces.Bind}'>{choice}</bind>");
        Jid = reply.Child("bind", Namespaces.Bind)?.Child("jid", Namespaces.Bind)?.Text;
        Assert.True(Jid is not null, Describe("A resource was to be bound"));
    }

    /// <summary>Sends initial presence. Its own reflection and what else comes of it is left to be received.</summary>
    public Task PresenceAsync(int priority = 0) => SendAsync($"<presence><priority>{priority}</priority></presence>");

    /// <summary>The server's stream header.</summary>
    public async Task<StreamHeader> ReceiveHeaderAsync()
    {
        if (Header is null && await ReadAsync() != ScanResult.StreamOpen)
        {
            Fail("The server's stream header was due");
        }

        return Header!;
    }

    /// <summary>Returns when the server has begun to speak, be it TLS; what came is received by later calls, unless those begin TLS.</summary>
    public async Task BeginReceivingAsync()
    {
        if (_unread.IsEmpty && !await FillAsync())
        {
            Fail("Something was due");
        }
    }

    /// <summary>The next whole element.</summary>
    public Task<XmlElement> ReceiveAsync() => ReceiveAsync(static _ => true);

    /// <summary>The first element that fits. Those before it are kept, and received by later calls in their order.</summary>
    public async Task<XmlElement> ReceiveAsync(Func<XmlElement, bool> fits)
    {
        for (var i = 0; ; i++)
        {
            if (i == _received.Count && await ReadAsync() != ScanResult.Element)
            {
                Fail("An element was due");
            }

            if (fits(_received[i]))
            {
                var found = _received[i];
                _received.RemoveAt(i);
                return found;
            }
        }
    }

    /// <summary>The next message, whatever else comes before it.</summary>
    public Task<XmlElement> MessageAsync() => ReceiveAsync(static element => element.LocalName == "message");

    /// <summary>Sends an iq and receives its result or error.</summary>
    public async Task<XmlElement> IqAsync(string type, string? to, string payload)
    {
        var id = $"iq-{++_lastId}";
        var address = to is null ? "" : $" to='{to}'";
        var sender = IsComponent ? $" from='{Domain}'" : "";
        await SendAsync($"<iq type='{type}' id='{id}'{address}{sender}>{payload}</iq>");
        return await ReceiveAsync(element => element.LocalName == "iq" && element.Attribute("id") == id);
    }

    /// <summary>Returns when the server has handled all that this client sent before, and written whatever came of it to whomever it concerns.</summary>
    public async Task BarrierAsync() => await IqAsync("get", IsComponent ? "example.org" : Domain, "<barrier xmlns='urn:parley:test'/>");

    /// <summary>All that has arrived and was not received yet, once the server has handled what this client sent.</summary>
    public async Task<IReadOnlyList<XmlElement>> ReceiveAllAsync()
    {
        await BarrierAsync();
        List<XmlElement> all = [.. _received];
        _received.Clear();
        return all;
    }

    /// <summary>Nothing has arrived that was not received yet. First lets the server finish what <paramref name="senders"/> and this client sent.</summary>
    public async Task ExpectNothingAsync(params TestClient[] senders)
    {
        foreach (var sender in senders)
        {
            await sender.BarrierAsync();
        }

        await BarrierAsync();
        Assert.True(_received.Count == 0, Describe($"Nothing was due, but {_received.Count} elements came"));
    }

    /// <summary>The server ends the stream with this error: its own header first, then the error, the closing tag, and the end of the connection.</summary>
    /// <returns>The error element.</returns>
    public async Task<XmlElement> ExpectStreamErrorAsync(string condition)
    {
        await ReceiveHeaderAsync();
        var error = await ReceiveAsync();
        Assert.True(error.Is("error", Namespaces.Streams), Describe($"The stream error {condition} was due"));
        Assert.True(error.Child(condition, Namespaces.StreamErrors) is not null, Describe($"The stream error has to be {condition}"));
        await ExpectCloseAsync();
        return error;
    }

    /// <summary>The server closes the stream: the closing tag, and the end of the connection.</summary>
    public async Task ExpectCloseAsync()
    {
        await ExpectStreamCloseAsync();
        await ExpectEndAsync();
    }

    /// <summary>The server closes the stream; the connection may go on.</summary>
    public async Task ExpectStreamCloseAsync()
    {
        Assert.True(_received.Count == 0, Describe("The closing tag was due"));
        Assert.True(_closeSeen || await ReadAsync() == ScanResult.StreamClose, Describe("The closing tag was due"));
    }

    /// <summary>The connection ends, with or without a word; what still arrives is not looked at.</summary>
    public async Task ExpectEndAsync()
    {
        while (await FillAsync())
        {
            _unread = default;
        }
    }

    /// <summary>Ends the connection from this side: nothing more is sent, what arrives can still be received.</summary>
    public void EndSending() => Connection.EndSending();

    /// <summary>Completes when the server is done with the connection.</summary>
    public Task ServedAsync() => Connection.Served.WaitAsync(Patience);

    /// <summary>Cuts the connection, and waits until the server is done with it.</summary>
    public async ValueTask DisposeAsync()
    {
        Connection.Abort(new Microsoft.AspNetCore.Connections.ConnectionAbortedException("The client is gone."));
        await ServedAsync();
    }

    /// <summary>What was sent (<c>C</c>) and received (<c>S</c>) so far, behind what was expected.</summary>
    public string Describe(string expectation) => $"{expectation}.\n{_transcript}";

    private bool IsComponent => ContentNamespace == Namespaces.ComponentAccept;

    private async Task<ScanResult> ReadAsync()
    {
        while (true)
        {
            if (TakeNext() is not ScanResult.NeedMore and var found)
            {
                return found;
            }

            if (!await FillAsync())
            {
                Fail("The connection ended");
            }
        }
    }

    private ScanResult TakeNext()
    {
        var input = _unread.Span;
        var found = _scanner.Read(ref input, out var token);
        _unread = _unread[^input.Length..];
        switch (found)
        {
            case ScanResult.StreamOpen:
                Header = StreamHeader.Read(token, ContentNamespace, out _);
                break;
            case ScanResult.Element when WebSocket is not null:
                return TakeMessage(XmlElement.Parse(token.ToArray()));
            case ScanResult.Element:
                _received.Add(XmlElement.Parse(token.ToArray(), Header?.Declared));
                break;
            case ScanResult.StreamClose:
                _closeSeen = true;
                break;
        }

        return found;
    }

    // Each stands for itself: nothing is inherited from a header.
    private ScanResult TakeMessage(XmlElement element)
    {
        _scanner.Reset();
        if (element.Is("open", Framing))
        {
            Header = new StreamHeader
            {
                To = element.Attribute("to"),
                From = element.Attribute("from"),
                Id = element.Attribute("id"),
                Language = element.Attribute("lang", Namespaces.Xml),
                Version = StreamHeader.ParseVersion(element.Attribute("version")),
            };
            return ScanResult.StreamOpen;
        }

        if (element.Is("close", Framing))
        {
            SeeOtherUri = element.Attribute("see-other-uri");
            _closeSeen = true;
            return ScanResult.StreamClose;
        }

        _received.Add(element);
        return ScanResult.Element;
    }

    private async Task<bool> FillAsync()
    {
        try
        {
            var count = await _stream.ReadAsync(_buffer).AsTask().WaitAsync(IsPatient ? Timeout.InfiniteTimeSpan : Patience);
            _unread = _buffer.AsMemory(0, count);
            Note("S", _unread.Span);
            return count > 0;
        }
        catch (IOException e)
        {
            Note("S", Encoding.UTF8.GetBytes($"({e.Message})"));
            return false;
        }
        catch (TimeoutException)
        {
            Fail("Nothing came");
            return false;
        }
    }

    private void Note(string who, ReadOnlySpan<byte> bytes)
    {
        const int enough = 2000;
        var text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, enough)]);
        _transcript.Append(who).Append(": ").Append(text).AppendLine(bytes.Length > enough ? $"… ({bytes.Length} bytes)" : "");
    }

    private void Fail(string expectation) => Assert.Fail(Describe(expectation));
}
