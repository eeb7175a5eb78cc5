using System.Globalization;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Interop.Tests.Web;

/// <summary>A BOSH client that sends a request again until it has its answer, has two under way at most, and takes answers in order (XEP-0124 §11, §14).</summary>
internal sealed class RepeatingBoshClient(HttpClient http, Uri address, CancellationToken cancellationToken)
{
    private const string Wrapper = "http://jabber.org/protocol/httpbind";
    private readonly Queue<string> _toSend = new();
    private readonly SortedDictionary<long, Task<XmlElement>> _underWay = [];
    private string _sid = "";
    private long _rid = Random.Shared.NextInt64(1, 1L << 40);

    /// <summary>Payloads that came, in their order.</summary>
    internal Queue<XmlElement> Received { get; } = new();

    /// <summary>How many times a request was sent again.</summary>
    internal int Repeated { get; private set; }

    /// <summary>Creates the session, authenticates, and binds a resource.</summary>
    internal async Task LoginAsync(string user, string password)
    {
        var created = await PostAsync(++_rid, "to='localhost' wait='10' hold='1' ver='1.11' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'", "");
        _sid = created.Attribute("sid")!;
        var message = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));
        var success = await PostAsync(++_rid, "", $"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>{message}</auth>");
        Assert.NotNull(success.Child("success", Namespaces.Sasl));
        await PostAsync(++_rid, "to='localhost' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'", "");
        var bound = await PostAsync(++_rid, "", $"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{Namespaces.Bind}'><resource>web</resource></bind></iq>");
        Assert.Equal("result", bound.Child("iq", Namespaces.Client)?.Attribute("type"));
    }

    /// <summary>Sends payloads, each list in one request, and receives until so many came.</summary>
    internal async Task RunAsync(IEnumerable<string> bodies, int due)
    {
        foreach (var body in bodies)
        {
            _toSend.Enqueue(body);
        }

        while (_toSend.Count > 0 || Received.Count < due)
        {
            while (_underWay.Count < 2 && (_toSend.Count > 0 || _underWay.Count == 0))
            {
                var content = _toSend.TryDequeue(out var next) ? next : "";
                var rid = ++_rid;
                _underWay.Add(rid, PostAsync(rid, "", content));
            }

            await Task.WhenAny(_underWay.Values);
            while (_underWay.Count > 0 && _underWay.First() is { Value.IsCompleted: true } oldest)
            {
                _underWay.Remove(oldest.Key);
                foreach (var payload in (await oldest.Value).Children)
                {
                    Received.Enqueue(payload);
                }
            }
        }
    }

    private async Task<XmlElement> PostAsync(long rid, string attributes, string content)
    {
        var session = _sid.Length == 0 ? "" : $"sid='{_sid}' ";
        var document = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"<body rid='{rid}' {session}{attributes} xmlns='{Wrapper}'>{content}</body>"));
        while (true)
        {
            try
            {
                using var response = await http.PostAsync(address, new ByteArrayContent(document), cancellationToken);
                var body = XmlElement.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
                Assert.NotEqual("terminate", body.Attribute("type"));
                if (body.Attribute("type") is null)
                {
                    return body;
                }
            }
            catch (HttpRequestException)
            {
                // What was lost is sent again as it was.
            }

            Repeated++;
        }
    }
}
