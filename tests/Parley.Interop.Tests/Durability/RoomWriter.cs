using System.Globalization;
using System.Xml.Linq;
using Parley.Interop.Tests.Chaos;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>
/// Speaks in a persistent room of its own, changes its name, its admins and its subject; the answer to a request behind each acknowledges it. Beside it, it has a temporary
/// room, which has to be gone after a kill.
/// </summary>
internal sealed class RoomWriter(string user) : Writer(user)
{
    private static readonly XNamespace Data = "jabber:x:data";
    private readonly string _room = $"{user}@conference.localhost";
    private readonly string _temporary = $"{user}-temporary@conference.localhost";
    private bool _isCreated;

    protected override async Task<StreamClient> OpenAsync(int port, CancellationToken cancellationToken)
    {
        var session = await base.OpenAsync(port, cancellationToken);
        await EnterAsync(session, _room, _ => { }, cancellationToken);
        if (!_isCreated)
        {
            await ConfigureAsync(session, _room, "<field var='muc#roomconfig_persistentroom'><value>1</value></field><field var='muc#roomconfig_membersonly'><value>1</value></field>", cancellationToken);
            _isCreated = true;
        }

        await EnterAsync(session, _temporary, _ => { }, cancellationToken);
        await ConfigureAsync(session, _temporary, "", cancellationToken);
        await session.SendAsync($"<message type='groupchat' to='{_temporary}'><body>temporary</body></message>", cancellationToken);
        return session;
    }

    protected override async Task WriteOneAsync(int port, StreamClient session, string item, CancellationToken cancellationToken)
    {
        switch (NumberOf(item) % 8)
        {
            case 0:
                await ConfigureAsync(
                    session,
                    _room,
                    $"<field var='muc#roomconfig_roomname'><value>{item}</value></field><field var='muc#roomconfig_roomadmins'><value>{item}@localhost</value></field>",
                    cancellationToken);
                return;
            case 1:
                await session.SendAsync($"<message type='groupchat' to='{_room}' id='{item}'><subject>{item}</subject></message>", cancellationToken);
                break;
            default:
                await session.SendAsync($"<message type='groupchat' to='{_room}' id='{item}'><body>{item}</body></message>", cancellationToken);
                break;
        }

        await session.PingAsync(cancellationToken, RequireNoError);
    }

    protected override async Task<IReadOnlyList<string>> LostAsync(int port, IReadOnlySet<string> items, CancellationToken cancellationToken)
    {
        await using var session = await StreamClient.LogInAsync(port, User, cancellationToken);
        var lost = new List<string>();
        var gone = await session.RequestAsync("<query xmlns='urn:xmpp:mam:2'/>", "set", cancellationToken, to: _temporary);
        if (gone.Descendants().All(static element => element.Name.LocalName != "item-not-found"))
        {
            lost.Add($"{_temporary} is still there");
        }

        var archived = new HashSet<string>(StringComparer.Ordinal);
        await Archive.ReadAsync(session, null, (message, _) => archived.Add(message.Attribute("id")?.Value ?? ""), cancellationToken, owner: _room);
        lost.AddRange(items.Where(item => NumberOf(item) % 8 != 0 && !archived.Contains(item)));

        var form = await session.RequestAsync("<query xmlns='http://jabber.org/protocol/muc#owner'/>", "get", cancellationToken, to: _room);
        Expect(0, Value(form, "muc#roomconfig_roomname"), "name");
        Expect(0, Value(form, "muc#roomconfig_roomadmins").Split('@')[0], "admin");
        Assert.Equal("1", Value(form, "muc#roomconfig_membersonly"));

        var history = new List<string>();
        var subject = await EnterAsync(session, _room, element => history.Add(element.Attribute("id")?.Value ?? ""), cancellationToken);
        Expect(1, subject.Attribute("id")?.Value ?? "", "subject");
        var last = items.Where(static item => NumberOf(item) % 8 > 1).MaxBy(NumberOf);
        if (last is not null && !history.Contains(last))
        {
            lost.Add($"{last} from the history");
        }

        return lost;

        // What was acknowledged last, or something newer that came too late to be acknowledged.
        void Expect(int kind, string found, string what)
        {
            if (items.Where(item => NumberOf(item) % 8 == kind).MaxBy(NumberOf) is { } newest && (found.Length == 0 || NumberOf(found) < NumberOf(newest)))
            {
                lost.Add($"{newest} as {what}: {found}");
            }
        }
    }

    /// <summary>Enters a room; <paramref name="history"/> gets what was said in it.</summary>
    /// <returns>The subject, which comes last.</returns>
    private static async Task<XElement> EnterAsync(StreamClient session, string room, Action<XElement> history, CancellationToken cancellationToken)
    {
        await session.SendAsync($"<presence to='{room}/me'><x xmlns='http://jabber.org/protocol/muc'/></presence>", cancellationToken);
        return await session.ReadAsync(
            element => element.Name.LocalName == "message" && element.Attribute("from")?.Value.StartsWith(room, StringComparison.Ordinal) == true
                && element.Element(StreamClient.Client + "subject") is not null && element.Element(StreamClient.Client + "body") is null,
            cancellationToken,
            element =>
            {
                RequireNoError(element);
                if (element.Name.LocalName == "message")
                {
                    history(element);
                }
            });
    }

    private static async Task ConfigureAsync(StreamClient session, string room, string fields, CancellationToken cancellationToken)
    {
        var answer = await session.RequestAsync(
            $"<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='{Data}' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>{fields}</x></query>",
            "set",
            cancellationToken,
            to: room);
        RequireNoError(answer);
    }

    // Also what a server says that is about to end.
    private static void RequireNoError(XElement stanza)
    {
        if (stanza.Attribute("type")?.Value == "error")
        {
            throw new IOException($"Refused: {stanza}");
        }
    }

    private static string Value(XElement form, string variable) =>
        form.Descendants(Data + "field").FirstOrDefault(field => field.Attribute("var")?.Value == variable)?.Element(Data + "value")?.Value ?? "";

    private static int NumberOf(string item) => int.Parse(item[(item.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture);
}
