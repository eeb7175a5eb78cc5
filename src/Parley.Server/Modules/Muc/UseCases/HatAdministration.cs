using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>The commands (XEP-0050) by which a room's admins and owners make hats, and give them to users (XEP-0317 §4): each of one step, so that no session is kept.</summary>
internal sealed class HatAdministration(RoomStorage storage, RoomPresence presence, RoomFanOut fanOut) : IRoomUseCase
{
    private const string Commands = "http://jabber.org/protocol/commands";
    private static readonly XmlName Command = new("command", Commands);

    public void Configure(RoomHandlers handlers) => handlers
        .OnIq(StanzaType.Set, Command, HandleAsync)
        .Feature(static _ => [Hat.Namespace, Commands]);

    private async ValueTask<Stanza> HandleAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        var node = payload.RequiredAttribute("node");
        if (!node.StartsWith(HatCommands.FormType, StringComparison.Ordinal))
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound, "There is no such command.");
        }

        if (turn.Room.Affiliations.Of(turn.From) < MucAffiliation.Admin)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "Hats are for the room's admins and owners to give.");
        }

        if (payload.Attribute("action") == "cancel")
        {
            return Answer(turn, payload, "canceled", null);
        }

        var hats = turn.Room.Hats;
        if (node is HatCommands.List or HatCommands.ListAssigned)
        {
            var list = node == HatCommands.List ? HatCommands.Listed(hats.All)
                : HatCommands.Assigned(hats.Given.Select(given => (given.User, hats.Find(given.Uri)!)));
            return Answer(turn, payload, "completed", list);
        }

        var form = FormOf(node, hats);
        if (DataForm.In(payload) is not { } submitted)
        {
            return Answer(turn, payload, "executing", form);
        }

        await ChangeAsync(turn, node, form, submitted);
        return Answer(turn, payload, "completed", null);
    }

    private static DataForm FormOf(string node, RoomHats hats) => node switch
    {
        HatCommands.Create => HatCommands.CreateForm(),
        HatCommands.Destroy => HatCommands.DestroyForm(hats.All),
        HatCommands.Assign => HatCommands.AssignForm(hats.All),
        HatCommands.Unassign => HatCommands.UnassignForm(hats.All),
        _ => throw new StanzaException(StanzaErrorCondition.ItemNotFound, "There is no such command."),
    };

    private async ValueTask ChangeAsync(RoomTurn turn, string node, DataForm form, DataForm submitted)
    {
        var (room, before) = (turn.Room, turn.Room.Hats);
        var accepted = form.Accept(submitted);
        var uri = accepted.Text(HatCommands.UriField)!;
        var user = accepted.Text(HatCommands.UserField) is { } text ? Jid.Parse(text).Bare : null;
        var concerned = user is null ? before.WearersOf(uri).ToHashSet() : [user];
        room.Hats = node switch
        {
            HatCommands.Create => before.With(HatCommands.ReadHat(submitted)),
            HatCommands.Destroy => before.Without(uri),
            HatCommands.Assign => before.Give(user!, uri),
            _ => before.Take(user!, uri),
        };
        try
        {
            await storage.SaveAsync(room, CancellationToken.None);
        }
        catch
        {
            room.Hats = before;
            throw;
        }

        foreach (var occupant in room.Occupants.All)
        {
            if (concerned.Contains(occupant.User))
            {
                occupant.Encoded = null;
                await presence.AnnounceAsync(room, occupant, PresenceNotice.Plain, turn.Flush);
            }
        }

        if (user is null)
        {
            var notice = Stanza.Create(
                StanzaKind.Message, StanzaType.GroupChat, room.Address, null, null, new MucUser { Statuses = [MucStatus.ConfigurationChanged] }.WriteTo);
            await fanOut.ToAllAsync(room, notice, room.Address, turn.Flush);
        }
    }

    private static Stanza Answer(RoomTurn turn, XmlElement command, string status, DataForm? form) => turn.Stanza.Result(writer =>
    {
        writer.Start(Command)
            .Attribute("node", command.Attribute("node"))
            .Attribute("sessionid", command.Attribute("sessionid") ?? Guid.NewGuid().ToString("N"))
            .Attribute("status", status);
        form?.WriteTo(writer);
        writer.End();
    });
}
