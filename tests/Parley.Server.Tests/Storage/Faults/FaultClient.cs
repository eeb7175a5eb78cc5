using System.Globalization;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Tests.Streams;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Storage.Faults;

/// <summary>A client that tries again what the server refuses for its store's sake, and takes no other refusal.</summary>
/// <remarks>It acknowledges what it gets, and keeps all of it for the end.</remarks>
internal sealed class FaultClient
{
    private const int MaxTries = 100;
    private readonly TestClient _client;
    private readonly List<XmlElement> _seen = [];
    private uint _received;
    private uint _sent;
    private bool _isManaged;
    private int _lastId;

    private FaultClient(TestClient client) => _client = client;

    public bool IsClosed { get; private set; }

    public string Jid => _client.Jid!;

    /// <summary>How often something was refused.</summary>
    public int Refusals { get; private set; }

    /// <summary>Logs in, and enables stream management. What the store fails is the authentication, for a while (RFC 6120 §6.5.11).</summary>
    public static async Task<FaultClient> LoginAsync(XmppTestServer server, string user, string resource)
    {
        var message = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{XmppTestServer.Password}"));
        int refusals = 0;
        TestClient client = await server.OpenAsync();
        while (true)
        {
            await client.SendAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{message}</auth>");
            XmlElement outcome = await client.ReceiveAsync();
            if (outcome.Is("success", Namespaces.Sasl))
                break;
            Assert.True(outcome.Child("temporary-auth-failure", Namespaces.Sasl) is not null, client.Describe("The store may fail an authentication, for a while"));
            Assert.True(++refusals < MaxTries, client.Describe("The store is well again"));
            if (refusals % 2 == 0)
            {
                await client.DisposeAsync();
                client = await server.OpenAsync();
            }
        }

        await client.OpenAsync();
        await client.BindAsync(resource);
        await client.ManageAsync();
        return new FaultClient(client) { _isManaged = true, Refusals = refusals };
    }

    /// <summary>The result of a request.</summary>
    public async Task<XmlElement> IqAsync(string type, string? to, string payload)
    {
        for (int tries = 0; ; tries++)
        {
            XmlElement reply = await AskAsync(type, to, payload);
            if (reply.Attribute("type") == "result")
                return reply;
            Refused(reply, tries);
        }
    }

    /// <summary>Sends presence, until it is not refused.</summary>
    public async Task PresenceAsync(string attributes = "")
    {
        for (int tries = 0; ; tries++)
        {
            string id = NextId("p");
            await SendAsync($"<presence id='{id}' {attributes}/>");
            await BarrierAsync();
            XmlElement? refusal = ErrorFor("presence", id);
            if (refusal is null)
                return;
            Refused(refusal.Value, tries);
        }
    }

    /// <summary>Sends a chat message, until it is acknowledged without an error before that.</summary>
    /// <returns>The id under which it passed.</returns>
    public async Task<string> SayAsync(string to, string body)
    {
        for (int tries = 0; ; tries++)
        {
            string id = NextId("m");
            await SendAsync($"<message to='{to}' type='chat' id='{id}'><body>{body}</body></message>");
            await _client.SendAsync($"<r xmlns='{ManagedClient.Namespace}'/>");
            XmlElement answer = await UntilAsync(static element => element.Is("a", ManagedClient.Namespace));
            Assert.Equal(_sent.ToString(CultureInfo.InvariantCulture), answer.Attribute("h"));
            XmlElement? refusal = ErrorFor("message", id);
            if (refusal is null)
                return id;
            Refused(refusal.Value, tries);
        }
    }

    /// <summary>Waits for a message with a body.</summary>
    public async Task HearAsync(string body)
    {
        if (!_seen.Exists(Fits))
            await UntilAsync(Fits);

        bool Fits(XmlElement element) => element.LocalName == "message" && element.Attribute("type") != "error" && element.Body() == body;
    }

    /// <summary>Everything that it sent has been handled.</summary>
    public async Task BarrierAsync()
    {
        for (int tries = 0; ; tries++)
        {
            // The sender's own rules are asked for this, too.
            XmlElement reply = await AskAsync("get", "example.org", "<barrier xmlns='urn:parley:test'/>");
            if (reply.Child("error", Namespaces.Client)?.Child("service-unavailable", Namespaces.StanzaErrors) is not null)
                return;
            Refused(reply, tries);
        }
    }

    /// <summary>Whether a message was refused, be it later.</summary>
    public bool WasRefused(string id) => ErrorFor("message", id) is not null;

    /// <summary>Whether a message came, itself or as a copy.</summary>
    public bool HasReceived(string id) =>
        _seen.Exists(element => element.LocalName == "message" && element.Attribute("type") != "error" && element.ToText().Contains(id, StringComparison.Ordinal));

    /// <summary>Ends the stream in good order.</summary>
    public async Task CloseAsync()
    {
        IsClosed = true;
        await BarrierAsync();
        await _client.SendAsync("</stream:stream>");
        await _client.ExpectEndAsync();
        await _client.ServedAsync();
    }

    private async Task<XmlElement> AskAsync(string type, string? to, string payload)
    {
        string id = NextId("i");
        await SendAsync($"<iq type='{type}' id='{id}'{(to is null ? "" : $" to='{to}'")}>{payload}</iq>");
        return await UntilAsync(element => element.LocalName == "iq" && element.Attribute("id") == id);
    }

    private async Task<XmlElement> UntilAsync(Func<XmlElement, bool> fits)
    {
        while (true)
        {
            XmlElement element = await _client.ReceiveAsync();
            await NoteAsync(element);
            if (fits(element))
                return element;
        }
    }

    private async Task NoteAsync(XmlElement element)
    {
        if (element.LocalName is "message" or "presence" or "iq")
        {
            _seen.Add(element);
            _received++;
        }

        if (_isManaged && (element.LocalName == "message" || element.Is("r", ManagedClient.Namespace)))
            await _client.SendAsync($"<a xmlns='{ManagedClient.Namespace}' h='{_received}'/>");
    }

    private Task SendAsync(string stanza)
    {
        _sent++;
        return _client.SendAsync(stanza);
    }

    private XmlElement? ErrorFor(string kind, string id)
    {
        foreach (XmlElement element in _seen)
        {
            if (element.LocalName == kind && element.Attribute("type") == "error" && element.Attribute("id") == id)
                return element;
        }

        return null;
    }

    private void Refused(XmlElement error, int tries)
    {
        Refusals++;
        error.IsError("resource-constraint", "wait");
        Assert.True(tries < MaxTries, _client.Describe("The store is well again"));
    }

    private string NextId(string kind) => $"{kind}-{_client.Jid}-{++_lastId:D4}-";
}
