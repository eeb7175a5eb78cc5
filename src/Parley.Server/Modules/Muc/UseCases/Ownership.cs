using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What a room's owners ask of it: its form, another configuration, its end (XEP-0045 §10.1, §10.2, §10.9).</summary>
internal sealed class Ownership(RoomConfiguring configuring, RoomEnd end) : IRoomUseCase
{
    public void Configure(RoomHandlers handlers) => handlers
        .OnIq(StanzaType.Get, MucOwner.Name, GetAsync)
        .OnIq(StanzaType.Set, MucOwner.Name, SetAsync);

    private static ValueTask<Stanza> GetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireOwner(turn);
        return new(turn.Stanza.Result(new MucOwner(RoomForm.Of(turn.Room)).WriteTo));
    }

    private async ValueTask<Stanza> SetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireOwner(turn);
        var asked = MucOwner.Parse(payload);
        if (asked.Destruction is { } destruction)
        {
            await end.DestroyAsync(turn.Room, destruction, turn.Flush);
            return turn.Stanza.Result();
        }

        var form = asked.Form ?? throw new StanzaException(StanzaErrorCondition.BadRequest, "A form is needed.");
        if (form.Type != DataFormType.Cancel)
        {
            await configuring.ApplyAsync(turn, form);
        }
        else if (turn.Room.IsLocked)
        {
            await end.DestroyAsync(turn.Room, new MucDestruction(), turn.Flush);
        }

        return turn.Stanza.Result();
    }

    private static void RequireOwner(RoomTurn turn)
    {
        if (turn.Room.Affiliations.Of(turn.From) != MucAffiliation.Owner)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden, "You do not own this room.");
        }
    }
}
