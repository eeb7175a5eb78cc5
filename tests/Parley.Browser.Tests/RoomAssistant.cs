using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Browser.Tests;

/// <summary>Somebody with another client, who does in a room what the chat has no button for.</summary>
internal sealed class RoomAssistant : IAsyncDisposable
{
    private readonly StreamClient _client;

    private RoomAssistant(string name, StreamClient client) => (Name, _client) = (name, client);

    internal string Name { get; }

    internal string Address => $"{Name}@{Visitor.Domain}";

    internal static async Task<RoomAssistant> ComeAsync(ChatServer server, string name, CancellationToken cancellationToken)
    {
        await using (var registration = await StreamClient.ConnectAsync(server.DirectTlsPort, cancellationToken, directTls: true))
        {
            await registration.RegisterAsync(name, cancellationToken);
        }

        return new RoomAssistant(name, await StreamClient.LogInAsync(server.DirectTlsPort, name, cancellationToken, directTls: true));
    }

    internal async Task EnterAsync(string room, CancellationToken cancellationToken)
    {
        await _client.SendAsync($"<presence to='{room}@{RoomVisitor.Service}/{Name}'><x xmlns='http://jabber.org/protocol/muc'/></presence>", cancellationToken);
        await _client.PingAsync(cancellationToken);
    }

    /// <summary>Invites by way of the room (XEP-0045 §7.8.2), as the chat does not.</summary>
    internal Task InviteAsync(string room, Visitor other, string reason, CancellationToken cancellationToken) => _client.SendAsync(
        $"<message to='{room}@{RoomVisitor.Service}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='{other.Address}'><reason>{reason}</reason></invite></x></message>",
        cancellationToken);

    /// <summary>Makes a hat (XEP-0317 §4.1) and gives it to somebody (§4.4).</summary>
    internal async Task GiveHatAsync(string room, Visitor other, string title, CancellationToken cancellationToken)
    {
        const string Uri = "urn:example:hat";
        await CommandAsync(room, "create", $"<field var='hats#title'><value>{title}</value></field><field var='hats#uri'><value>{Uri}</value></field>", cancellationToken);
        await CommandAsync(room, "assign", $"<field var='hats#jid'><value>{other.Address}</value></field><field var='hats#uri'><value>{Uri}</value></field>", cancellationToken);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task CommandAsync(string room, string command, string fields, CancellationToken cancellationToken)
    {
        var answer = await _client.RequestAsync(
            $"<command xmlns='http://jabber.org/protocol/commands' node='urn:xmpp:hats:commands:{command}'><x xmlns='jabber:x:data' type='submit'>"
            + $"<field var='FORM_TYPE'><value>urn:xmpp:hats:commands</value></field>{fields}</x></command>",
            "set",
            cancellationToken,
            to: $"{room}@{RoomVisitor.Service}");
        Assert.Equal("result", answer.Attribute("type")?.Value);
    }
}
