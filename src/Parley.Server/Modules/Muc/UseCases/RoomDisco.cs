using System.Globalization;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What a room says of itself (XEP-0045 §6.4, §6.5, §7.12, §17.4).</summary>
/// <param name="handlers">What the features come of; asked once all use cases have recorded theirs.</param>
internal sealed class RoomDisco(Lazy<RoomHandlers> handlers) : IRoomUseCase
{
    private const string InfoForm = "http://jabber.org/protocol/muc#roominfo";
    private const string NicknameNode = "x-roomuser-item";
    private const string TrafficNode = "http://jabber.org/protocol/muc#traffic";

    public void Configure(RoomHandlers handlers) => handlers
        .OnIq(StanzaType.Get, DiscoInfo.Name, InfoAsync)
        .OnIq(StanzaType.Get, DiscoItems.Name, ItemsAsync)
        .Feature(MucEnter.Namespace)
        .Feature(DiscoInfo.Namespace)
        .Feature(DiscoItems.Namespace);

    private ValueTask<Stanza> InfoAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        var room = turn.Room;
        if (room.IsLocked && turn.Session is null)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound);
        }

        return payload.Attribute("node") switch
        {
            null => new(turn.Stanza.Result(InfoOf(room).WriteTo)),
            NicknameNode => new(turn.Stanza.Result(NicknameOf(turn).WriteTo)),

            // Nothing is kept out (§14.1.1).
            TrafficNode => throw new StanzaException(StanzaErrorCondition.ServiceUnavailable),
            _ => throw new StanzaException(StanzaErrorCondition.ItemNotFound),
        };
    }

    // Who is in the room is told to those who are in it.
    private static ValueTask<Stanza> ItemsAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        var items = turn.Session is null || payload.Attribute("node") is not null ? [] : turn.Room.Occupants.All
            .Where(occupant => turn.Room.Configuration.Broadcasts(occupant.Role) || ReferenceEquals(occupant, turn.Sender))
            .Select(static occupant => new DiscoItem(occupant.Address))
            .Take(DiscoItems.MaxItems);
        return new(turn.Stanza.Result(new DiscoItems([.. items], payload.Attribute("node")).WriteTo));
    }

    private DiscoInfo InfoOf(Room room) => new(
        [new DiscoIdentity("conference", "text", room.Configuration.Name ?? room.Address.Local)],
        [.. handlers.Value.FeaturesOf(room).Concat(TypesOf(room.Configuration)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        [FormOf(room)]);

    private static IEnumerable<string> TypesOf(RoomConfiguration room) =>
    [
        room.Password is null ? "muc_unsecured" : "muc_passwordprotected",
        room.IsPublic ? "muc_public" : "muc_hidden",
        room.IsPersistent ? "muc_persistent" : "muc_temporary",
        room.IsMembersOnly ? "muc_membersonly" : "muc_open",
        room.IsModerated ? "muc_moderated" : "muc_unmoderated",
        room.IsNonAnonymous ? "muc_nonanonymous" : "muc_semianonymous",
    ];

    // The subject of a room is for those in it, or of a room that everybody may see and enter (§13.4).
    private static DataForm FormOf(Room room)
    {
        var configuration = room.Configuration;
        var isOpen = configuration is { IsPublic: true, IsMembersOnly: false, Password: null };
        List<DataFormField> fields =
        [
            Field("muc#roominfo_description", configuration.Description ?? ""),
            Field("muc#roominfo_occupants", room.Occupants.Count.ToString(CultureInfo.InvariantCulture)),
            Field("muc#maxhistoryfetch", configuration.MaxHistory.ToString(CultureInfo.InvariantCulture)),
            Field("muc#roomconfig_changesubject", configuration.MayChangeSubject ? "1" : "0"),
        ];
        if (configuration.Language is { } language)
        {
            fields.Add(Field("muc#roominfo_lang", language));
        }

        if (configuration.PubSub is { } node)
        {
            fields.Add(Field("muc#roomconfig_pubsub", node));
        }

        if (isOpen && room.Subject?.Message.Child(new XmlName("subject", Protocol.Namespaces.Client))?.Text is { Length: > 0 } subject)
        {
            fields.Add(Field("muc#roominfo_subject", subject));
        }

        return DataForm.Of(DataFormType.Result, InfoForm, fields);
    }

    private static DiscoInfo NicknameOf(RoomTurn turn) => new(
        turn.Room.Affiliations.Find(turn.From)?.Nickname is { } nickname ? [new DiscoIdentity("conference", "text", nickname)] : [],
        [],
        [],
        NicknameNode);

    private static DataFormField Field(string variable, string value) => new(variable, null, value.Length == 0 ? [] : [value]);
}
