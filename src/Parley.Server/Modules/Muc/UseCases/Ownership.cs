using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What a room's owners ask of it: its form, another configuration, its end (XEP-0045 §10.1, §10.2, §10.9).</summary>
internal sealed class Ownership(RoomConfiguring configuring, RoomEnd end) : IRoomUseCase
{
    internal const string Namespace = "http://jabber.org/protocol/muc#owner";

    private static readonly XmlName Query = new("query", Namespace);
    private static readonly XmlName Destroy = new("destroy", Namespace);

    public void Configure(RoomHandlers handlers) => handlers
        .OnIq(StanzaType.Get, Query, GetAsync)
        .OnIq(StanzaType.Set, Query, SetAsync);

    private static ValueTask<Stanza> GetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireOwner(turn);
        var form = RoomForm.Of(turn.Room);
        return new(turn.Stanza.Result(writer =>
        {
            writer.Start(Query);
            form.WriteTo(writer);
            writer.End();
        }));
    }

    private async ValueTask<Stanza> SetAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        RequireOwner(turn);
        if (payload.Child(Destroy) is { } destroy)
        {
            await end.DestroyAsync(
                turn.Room,
                new RoomDestruction(destroy.OptionalJid(), destroy.Child("reason", Namespace)?.Text, destroy.Child("password", Namespace)?.Text),
                turn.Flush);
            return turn.Stanza.Result();
        }

        var form = DataForm.In(payload) ?? throw new StanzaException(StanzaErrorCondition.BadRequest, "A form is needed.");
        if (form.Type != DataFormType.Cancel)
        {
            await configuring.ApplyAsync(turn, form);
        }
        else if (turn.Room.IsLocked)
        {
            await end.DestroyAsync(turn.Room, new RoomDestruction(), turn.Flush);
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
