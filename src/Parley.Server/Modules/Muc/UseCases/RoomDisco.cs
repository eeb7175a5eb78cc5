using System.Globalization;
using Microsoft.Extensions.Options;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>What a room says of itself (XEP-0045 §6.4, §6.5, §7.12, §17.4).</summary>
/// <param name="handlers">What the features come of; asked once all use cases have recorded theirs.</param>
/// <param name="options">Whom the occupants are told to.</param>
internal sealed class RoomDisco(Lazy<RoomHandlers> handlers, IOptions<MucOptions> options) : IRoomUseCase
{
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
            null => new(turn.Stanza.Result(InfoOf(turn).WriteTo)),
            NicknameNode => new(turn.Stanza.Result(NicknameOf(turn).WriteTo)),

            // Nothing is kept out (§14.1.1).
            TrafficNode => throw new StanzaException(StanzaErrorCondition.ServiceUnavailable),
            _ => throw new StanzaException(StanzaErrorCondition.ItemNotFound),
        };
    }

    // Who is in the room is told to those who are in it; to others where the server says so, of a room in which they could see it anyway (§6.5).
    private ValueTask<Stanza> ItemsAsync(RoomTurn turn, XmlElement payload, CancellationToken cancellationToken)
    {
        var room = turn.Room;
        if (room.IsLocked && turn.Session is null)
        {
            throw new StanzaException(StanzaErrorCondition.ItemNotFound);
        }

        var isTold = turn.Session is not null
            || (options.Value.ShowOccupants && IsOpen(room.Configuration) && room.Affiliations.Of(turn.From) != MucAffiliation.Outcast);
        var items = !isTold || payload.Attribute("node") is not null ? [] : room.Occupants.All
            .Where(occupant => room.Configuration.Broadcasts(occupant.Role) || ReferenceEquals(occupant, turn.Sender))
            .Select(static occupant => new DiscoItem(occupant.Address))
            .Take(DiscoItems.MaxItems);
        return new(turn.Stanza.Result(new DiscoItems([.. items], payload.Attribute("node")).WriteTo));
    }

    private DiscoInfo InfoOf(RoomTurn turn) => new(
        [new DiscoIdentity("conference", "text", turn.Room.Configuration.Name ?? turn.Room.Address.Local)],
        [.. handlers.Value.FeaturesOf(turn.Room).Concat(TypesOf(turn.Room.Configuration)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        [FormOf(turn)]);

    private static IEnumerable<string> TypesOf(RoomConfiguration room) =>
    [
        room.Password is null ? "muc_unsecured" : "muc_passwordprotected",
        room.IsPublic ? "muc_public" : "muc_hidden",
        room.IsPersistent ? "muc_persistent" : "muc_temporary",
        room.IsMembersOnly ? "muc_membersonly" : "muc_open",
        room.IsModerated ? "muc_moderated" : "muc_unmoderated",
        room.IsNonAnonymous ? "muc_nonanonymous" : "muc_semianonymous",
    ];

    // What clients decide by: Conversations (2.12.8) lets members invite only where a field says that they may.
    private static readonly IReadOnlyList<RoomField> Permissions =
        [.. RoomField.All.Where(static field => field.Variable is RoomConfigurationForm.ChangeSubject or RoomConfigurationForm.AllowInvites or RoomConfigurationForm.AllowPrivateMessages)];

    // The subject of a room is for those in it, or of a room that everybody may see and enter (§13.4).
    private static DataForm FormOf(RoomTurn turn)
    {
        var (room, configuration) = (turn.Room, turn.Room.Configuration);
        var isTold = IsOpen(configuration) || turn.Session is not null;
        return DataForm.Of(
            DataFormType.Result,
            RoomInformationForm.FormType,
            [
                RoomInformationForm.Field(RoomInformationForm.Description, Values(configuration.Description)),
                RoomInformationForm.Field(RoomInformationForm.Occupants, room.Occupants.Count.ToString(CultureInfo.InvariantCulture)),
                RoomInformationForm.Field(RoomInformationForm.SubjectModifiable, Of(configuration.MayChangeSubject)),
                .. Permissions.Select(field => RoomInformationForm.Field(field.Variable, field.Get(configuration))),
                RoomInformationForm.Field(RoomConfigurationForm.MaxHistoryFetch, configuration.MaxHistory.ToString(CultureInfo.InvariantCulture)),
                RoomInformationForm.Field(RoomInformationForm.SlowModeDuration, configuration.SlowMode.ToString(CultureInfo.InvariantCulture)),

                // Converse.js (14.0.0) takes any value for yes.
                .. Known(RoomInformationForm.ChangeSubject, configuration.MayChangeSubject ? ["1"] : []),
                .. Known(RoomInformationForm.Contacts, configuration.Contacts),
                .. Known(RoomInformationForm.Subject, isTold ? Values(SubjectOf(room)) : []),
                .. Known(RoomInformationForm.Language, Values(configuration.Language)),
                .. Known(RoomInformationForm.Logs, Values(configuration.Logs)),
                .. Known(RoomConfigurationForm.PubSub, Values(configuration.PubSub)),
                .. Values(room.Hats.Hash).Select(static hash => new DataFormField(HatCommands.HashField, DataFormFieldType.TextSingle, hash)),
                .. Known(RoomInformationForm.AvatarHash, room.VCard?.Hashes ?? []),
            ]);
    }

    private static bool IsOpen(RoomConfiguration room) => room is { IsPublic: true, IsMembersOnly: false, Password: null };

    private static string? SubjectOf(Room room) => room.Subject?.Message.Child(new XmlName("subject", Protocol.Namespaces.Client))?.Text;

    private static IEnumerable<DataFormField> Known(string variable, IReadOnlyList<string> values) =>
        values.Count == 0 ? [] : [RoomInformationForm.Field(variable, values)];

    private static IReadOnlyList<string> Values(string? text) => string.IsNullOrEmpty(text) ? [] : [text];

    private static string Of(bool value) => value ? "1" : "0";

    private static DiscoInfo NicknameOf(RoomTurn turn) => new(
        turn.Room.Affiliations.Find(turn.From)?.Nickname is { } nickname ? [new DiscoIdentity("conference", "text", nickname)] : [],
        [],
        [],
        NicknameNode);
}
