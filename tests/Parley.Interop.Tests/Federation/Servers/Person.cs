using System.Globalization;
using System.Xml.Linq;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>Somebody with an account at a server, and one client: what they hear is kept until a test asks for it.</summary>
internal sealed class Person : IAsyncDisposable
{
    private readonly StreamClient _client;
    private readonly List<XElement> _heard = [];
    private readonly Task _listening;
    private TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isOver;
    private int _lastId;

    private Person(StreamClient client, string user, string domain, string resource)
    {
        _client = client;
        User = user;
        Address = $"{user}@{domain}";
        FullAddress = $"{Address}/{resource}";
        _listening = ListenAsync();
    }

    internal string User { get; }

    /// <summary>The bare JID.</summary>
    internal string Address { get; }

    internal string FullAddress { get; }

    /// <summary>Makes an account, logs in, and becomes available.</summary>
    internal static async Task<Person> RegisterAsync(TestedServer server, string user, CancellationToken cancellationToken)
    {
        await using (var registration = await StreamClient.ConnectAsync(server.Clients, server.Domain, cancellationToken))
        {
            await registration.RegisterAsync(user, cancellationToken);
        }

        return await LogInAsync(server, user, cancellationToken);
    }

    /// <summary>Logs in, asks for the roster, and becomes available.</summary>
    internal static async Task<Person> LogInAsync(TestedServer server, string user, CancellationToken cancellationToken, string resource = "r")
    {
        var client = await StreamClient.ConnectAsync(server.Clients, server.Domain, cancellationToken);
        await client.AuthenticateAsync(user, cancellationToken);
        await client.BindAsync(cancellationToken, resource);
        var person = new Person(client, user, server.Domain, resource);
        await person.AskAsync("get", null, "<query xmlns='jabber:iq:roster'/>", cancellationToken);
        await person.SendAsync("<presence/>", cancellationToken);
        await person.HearAsync(stanza => IsPresence(stanza, person.FullAddress), cancellationToken);
        return person;
    }

    internal Task SendAsync(string xml, CancellationToken cancellationToken) => _client.SendAsync(xml, cancellationToken);

    /// <summary>Sends a chat message.</summary>
    internal Task SayAsync(string to, string id, string body, CancellationToken cancellationToken) =>
        SendAsync(new XElement("message", new XAttribute("to", to), new XAttribute("type", "chat"), new XAttribute("id", id), new XElement("body", body)).ToString(), cancellationToken);

    /// <summary>The first stanza that has come and does, or the next; those that do not are kept.</summary>
    internal async Task<XElement> HearAsync(Func<XElement, bool> does, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (_heard)
            {
                if (_heard.FirstOrDefault(does) is { } found)
                {
                    _heard.Remove(found);
                    return found;
                }

                Assert.False(_isOver, $"{FullAddress} is no longer connected, and has heard:\n{Heard}");
                change = _change.Task;
            }

            try
            {
                await change.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{FullAddress} waited in vain, and has heard:\n{Heard}");
            }
        }
    }

    /// <summary>Presence of somebody.</summary>
    internal Task<XElement> PresenceAsync(string from, string? type, CancellationToken cancellationToken) =>
        HearAsync(stanza => IsPresence(stanza, from, type), cancellationToken);

    /// <summary>A message, by its id.</summary>
    internal Task<XElement> MessageAsync(string id, CancellationToken cancellationToken) =>
        HearAsync(stanza => stanza.Name.LocalName == "message" && stanza.Attribute("id")?.Value == id, cancellationToken);

    /// <summary>Which of some people a message comes to, by its id: the one that it was sent to, or its sender, as an error. It is kept.</summary>
    internal static async Task<Person> FirstToHearAsync(string id, CancellationToken cancellationToken, params Person[] people)
    {
        while (true)
        {
            var changes = new List<Task>();
            foreach (var person in people)
            {
                lock (person._heard)
                {
                    if (person._heard.Any(stanza => stanza.Name.LocalName == "message" && stanza.Attribute("id")?.Value == id))
                    {
                        return person;
                    }

                    changes.Add(person._change.Task);
                }
            }

            try
            {
                await Task.WhenAny(changes).WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Nobody has heard {id}. {string.Join('\n', people.Select(static person => $"{person.FullAddress} has heard:\n{person.Heard}"))}");
            }
        }
    }

    /// <summary>Waits until the roster says so of a contact, in pushes or before.</summary>
    internal async Task RosterSaysAsync(string contact, string? subscription, bool isAsked, CancellationToken cancellationToken)
    {
        while (true)
        {
            var roster = await AskAsync("get", null, "<query xmlns='jabber:iq:roster'/>", cancellationToken);
            var item = Items(roster).FirstOrDefault(item => item.Attribute("jid")?.Value == contact);
            if (item?.Attribute("subscription")?.Value == subscription && item?.Attribute("ask") is not null == isAsked)
            {
                return;
            }

            // Not yet: the roster changes with a push.
            await HearAsync(stanza => stanza.Attribute("type")?.Value == "set" && Items(stanza).Any(pushed => pushed.Attribute("jid")?.Value == contact), cancellationToken);
        }
    }

    /// <summary>Sends a request, and waits for its answer.</summary>
    internal async Task<XElement> AskAsync(string type, string? to, string payload, CancellationToken cancellationToken)
    {
        var id = $"q{(++_lastId).ToString(CultureInfo.InvariantCulture)}";
        await SendAsync($"<iq type='{type}' id='{id}'{(to is null ? "" : $" to='{to}'")}>{payload}</iq>", cancellationToken);
        return await HearAsync(stanza => stanza.Name.LocalName == "iq" && stanza.Attribute("id")?.Value == id && stanza.Attribute("type")?.Value is "result" or "error", cancellationToken);
    }

    /// <summary>All that was sent before has been handled by the own server when this returns, and what came before is there.</summary>
    internal Task PingAsync(CancellationToken cancellationToken) => AskAsync("get", null, "<ping xmlns='urn:xmpp:ping'/>", cancellationToken);

    /// <summary>Takes all that has come and does.</summary>
    internal IReadOnlyList<XElement> Take(Func<XElement, bool> does)
    {
        lock (_heard)
        {
            var taken = _heard.Where(does).ToList();
            _heard.RemoveAll(taken.Contains);
            return taken;
        }
    }

    internal static bool IsPresence(XElement stanza, string from, string? type = null) =>
        stanza.Name.LocalName == "presence" && stanza.Attribute("from")?.Value == from && stanza.Attribute("type")?.Value == type;

    internal static string? Condition(XElement stanza) => stanza.Element(StreamClient.Client + "error")?.Elements().FirstOrDefault()?.Name.LocalName;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _listening;
    }

    private string Heard
    {
        get
        {
            lock (_heard)
            {
                return string.Join('\n', _heard);
            }
        }
    }

    private static IEnumerable<XElement> Items(XElement iq) =>
        iq.Elements().Where(static payload => payload.Name.NamespaceName == "jabber:iq:roster").Elements();

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                Note(await _client.ReadAsync(CancellationToken.None));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or System.Xml.XmlException)
        {
            // The server has gone, or the client.
            Note(null);
        }
    }

    private void Note(XElement? element)
    {
        TaskCompletionSource change;
        lock (_heard)
        {
            if (element is null)
            {
                _isOver = true;
            }
            else
            {
                _heard.Add(element);
            }

            change = _change;
            _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        change.SetResult();
    }
}
