using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Connections.Bosh;
using Xunit;

namespace Parley.TestKit;

/// <summary>A BOSH client that a test drives by hand, over HTTP requests in memory (XEP-0124).</summary>
/// <remarks>It counts requests and remembers the session. A request that is held is a task that has not completed.</remarks>
public sealed class BoshClient(BoshEndpoint endpoint)
{
    private readonly List<BoshReply> _replies = [];
    private int _lastId;

    /// <summary>The id of the last request sent.</summary>
    public long Rid { get; set; } = 1573741820;

    /// <summary>The session; null before it was created.</summary>
    public string? Sid { get; set; }

    /// <summary>The bound address, or null.</summary>
    public string? Jid { get; private set; }

    /// <summary>Where its requests come from.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Whether they come by https.</summary>
    public bool IsHttps { get; init; }

    /// <summary>More headers of each request.</summary>
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>All answers so far, in the order in which they came.</summary>
    public IReadOnlyList<BoshReply> Replies => _replies;

    /// <summary>Sends a document as it is.</summary>
    public Task<BoshReply> PostAsync(string document, CancellationTokenSource? gone = null) => PostAsync(Encoding.UTF8.GetBytes(document), gone);

    /// <inheritdoc cref="PostAsync(string, CancellationTokenSource)"/>
    public Task<BoshReply> PostAsync(byte[] document, CancellationTokenSource? gone = null) => RequestAsync("POST", document, gone);

    /// <summary>Sends a request of any method.</summary>
    public async Task<BoshReply> RequestAsync(string method, byte[]? document = null, CancellationTokenSource? gone = null)
    {
        var context = new DefaultHttpContext();
        var lifetime = new Lifetime { RequestAborted = gone?.Token ?? CancellationToken.None };
        var output = new MemoryStream();
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        context.Connection.RemoteIpAddress = Address;
        context.Request.Method = method;
        context.Request.Scheme = IsHttps ? "https" : "http";
        context.Request.Host = new HostString("example.org");
        context.Request.Body = new MemoryStream(document ?? []);
        foreach (var (name, value) in Headers)
        {
            context.Request.Headers[name] = value;
        }

        context.Response.Body = output;
        await endpoint.InvokeAsync(context);
        await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        var reply = new BoshReply(
            context.Response.StatusCode,
            context.Response.ContentType,
            output.ToArray(),
            lifetime.IsAborted,
            context.Response.Headers.ToDictionary(static header => header.Key, static header => header.Value.ToString()));
        _replies.Add(reply);
        return reply;
    }

    /// <summary>Sends the next request of the session.</summary>
    /// <param name="content">Its payloads.</param>
    /// <param name="attributes">More attributes of the wrapper.</param>
    /// <param name="gone">Cancelled when the connection of this request is lost.</param>
    public Task<BoshReply> SendAsync(string content = "", string attributes = "", CancellationTokenSource? gone = null) =>
        PostAsync(Document(++Rid, content, attributes), gone);

    /// <summary>The document of a request.</summary>
    public string Document(long rid, string content = "", string attributes = "") =>
        $"<body rid='{rid}' sid='{Sid}' {attributes} xmlns='{Namespace}'>{content}</body>";

    /// <summary>Creates a session.</summary>
    public async Task<BoshReply> CreateAsync(
        string attributes = "to='example.org' wait='60' hold='1' content='text/xml; charset=utf-8' ver='1.6' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'")
    {
        var reply = await PostAsync($"<body rid='{++Rid}' {attributes} xmlns='{Namespace}'/>").WaitAsync(TestClient.Patience);
        Sid = reply.Bytes.Length > 0 ? reply.Attribute("sid") : null;
        return reply;
    }

    /// <summary>Authenticates by PLAIN, restarts the stream, and binds a resource.</summary>
    public async Task LoginAsync(string username, string password, string? resource = null)
    {
        var message = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{username}\0{password}"));
        var outcome = await SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{message}</auth>").WaitAsync(TestClient.Patience);
        Assert.True(outcome.Elements is [var success] && success.Is("success", Namespaces.Sasl), outcome.Text);
        await SendAsync(attributes: "to='example.org' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'").WaitAsync(TestClient.Patience);
        var choice = resource is null ? "" : $"<resource>{resource}</resource>";
        var bound = await IqAsync("set", null, $"<bind xmlns='{Namespaces.Bind}'>{choice}</bind>");
        Jid = bound.Child("bind", Namespaces.Bind)!.Value.Child("jid", Namespaces.Bind)!.Value.Text;
    }

    /// <summary>Sends an iq, and polls until its answer is there.</summary>
    public async Task<XmlElement> IqAsync(string type, string? to, string payload)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"iq-{++_lastId}");
        var address = to is null ? "" : $" to='{to}'";
        var held = SendAsync($"<iq xmlns='jabber:client' type='{type}' id='{id}'{address}>{payload}</iq>");
        while (true)
        {
            await held.WaitAsync(TestClient.Patience);
            foreach (var element in _replies.SelectMany(static reply => reply.Elements))
            {
                if (element.LocalName == "iq" && element.Attribute("id") == id)
                {
                    return element;
                }
            }

            held = SendAsync();
        }
    }

    /// <summary>The namespace of the wrapper.</summary>
    public const string Namespace = "http://jabber.org/protocol/httpbind";

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        internal bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }
}
