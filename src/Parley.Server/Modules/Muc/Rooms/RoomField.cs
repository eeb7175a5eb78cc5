using System.Globalization;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>A field of a room's configuration: how it stands in the form, in the stored room, and in the configuration (XEP-0045 §15.5.3).</summary>
/// <param name="Variable">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Label">Its name for people.</param>
/// <param name="Get">Its values.</param>
/// <param name="Set">The configuration with other values.</param>
internal sealed record RoomField(
    string Variable,
    DataFormFieldType Type,
    string Label,
    Func<RoomConfiguration, IReadOnlyList<string>> Get,
    Func<RoomConfiguration, IReadOnlyList<string>, RoomConfiguration> Set)
{
    private const int MaxText = 1024;
    private const int MaxContacts = 20;

    /// <summary>What a list field offers.</summary>
    internal IReadOnlyList<DataFormOption> Options { get; private init; } = [];

    /// <summary>The numbers that a field takes; null where its text says nothing of them.</summary>
    internal DataFormRange? Range { get; private init; }

    /// <summary>Whether a list field takes what it does not offer; the present value is offered anyway.</summary>
    internal bool IsOpen { get; private init; }

    /// <summary>All fields, in the order in which people see them.</summary>
    internal static IReadOnlyList<RoomField> All { get; } =
    [
        Text(RoomConfigurationForm.Name, "Name of the room", static c => c.Name, static (c, v) => c with { Name = v }),
        Text(RoomConfigurationForm.Description, "What the room is about", static c => c.Description, static (c, v) => c with { Description = v }),
        Text(RoomConfigurationForm.Language, "Language that is spoken", static c => c.Language, static (c, v) => c with { Language = v }),
        Yes(RoomConfigurationForm.Persistent, "The room stays when the last has left", static c => c.IsPersistent, static (c, v) => c with { IsPersistent = v }),
        Yes(RoomConfigurationForm.Public, "The room is listed", static c => c.IsPublic, static (c, v) => c with { IsPublic = v }),
        Yes(RoomConfigurationForm.MembersOnly, "Only members may enter", static c => c.IsMembersOnly, static (c, v) => c with { IsMembersOnly = v }),
        Yes(RoomConfigurationForm.Moderated, "Only those with voice may speak", static c => c.IsModerated, static (c, v) => c with { IsModerated = v }),
        List(RoomConfigurationForm.WhoIs, "Who sees real addresses", [new("moderators", "Moderators only"), new("anyone", "Anyone")],
            static c => c.IsNonAnonymous ? "anyone" : "moderators", static (c, v) => c with { IsNonAnonymous = v == "anyone" }),
        Yes(RoomConfigurationForm.PasswordProtected, "A password is needed to enter", static c => c.Password is not null,
            static (c, v) => c with { Password = v ? c.Password ?? "" : null }),
        new(RoomConfigurationForm.Secret, DataFormFieldType.TextPrivate, "The password", static c => Values(c.Password),
            static (c, v) => c.Password is null ? c : c with { Password = Line(v) ?? "" }),
        Yes(RoomConfigurationForm.EnableLogging, "Messages are kept in an archive", static c => c.IsLogged, static (c, v) => c with { IsLogged = v }),
        Yes(RoomConfigurationForm.ChangeSubject, "Participants may change the subject", static c => c.MayChangeSubject, static (c, v) => c with { MayChangeSubject = v }),
        Yes(RoomConfigurationForm.AllowInvites, "Participants may invite others", static c => c.MayInvite, static (c, v) => c with { MayInvite = v }),
        List(RoomConfigurationForm.AllowPrivateMessages, "Who may write private messages",
            [new("anyone", "Anyone"), new("participants", "Those with voice"), new("moderators", "Moderators only"), new("none", "Nobody")],
            static c => c.PrivateMessages switch
            {
                MucRole.Visitor => "anyone",
                MucRole.Participant => "participants",
                MucRole.Moderator => "moderators",
                _ => "none",
            },
            static (c, v) => c with
            {
                PrivateMessages = v switch
                {
                    "anyone" => MucRole.Visitor,
                    "participants" => MucRole.Participant,
                    "moderators" => MucRole.Moderator,
                    _ => null,
                },
            }),
        Roles(RoomConfigurationForm.PresenceBroadcast, "Whose presence everybody sees", static c => c.BroadcastPresence, static (c, v) => c with { BroadcastPresence = v }),
        Yes(RoomConfiguration.LocksNicknamesField, "Who has reserved a nickname has no other", static c => c.LocksNicknames, static (c, v) => c with { LocksNicknames = v }),
        Roles(RoomConfigurationForm.GetMemberList, "Who may see the list of members", static c => c.MemberList, static (c, v) => c with { MemberList = v }),
        Number(RoomConfigurationForm.MaxUsers, "Occupants at most", static c => c.MaxUsers, static (c, v) => c with { MaxUsers = v }) with
        {
            // Clients refuse another type than the registered one, and a value that is not offered.
            Type = DataFormFieldType.ListSingle,
            Set = static (c, values) => c with { MaxUsers = values is ["none"] ? RoomConfiguration.AnyNumber : ParseNumber(RoomConfigurationForm.MaxUsers, values) },
            Options = [.. new[] { "10", "20", "30", "50", "100", "200" }.Select(static number => new DataFormOption(number, number)), new("none", "As many as the service allows")],
            IsOpen = true,
        },
        Number(RoomConfigurationForm.MaxHistoryFetch, "Messages of history for who enters", static c => c.MaxHistory, static (c, v) => c with { MaxHistory = v }),
        new(RoomInformationForm.Contacts, DataFormFieldType.JidMulti, "Addresses of people who answer for the room", static c => c.Contacts,
            static (c, v) => c with { Contacts = v.Count <= MaxContacts ? v : throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"A room has {MaxContacts} contacts at most.") }),
        Text(RoomInformationForm.Logs, "Where the messages can be read (URL)", static c => c.Logs, static (c, v) => c with { Logs = v }),
        Number(RoomConfigurationForm.SlowModeDuration, "Seconds between two messages of a user, 0 for no limit", static c => c.SlowMode, static (c, v) => c with { SlowMode = v })
            with { Range = new DataFormRange(Minimum: 0) },
        Text(RoomConfigurationForm.PubSub, "Publish-subscribe node that belongs to the room", static c => c.PubSub, static (c, v) => c with { PubSub = v }),
    ];

    /// <summary>The field as it stands in a form, with its present values.</summary>
    internal DataFormField Of(RoomConfiguration configuration)
    {
        var values = Get(configuration);
        return new DataFormField(Variable, Type, values)
        {
            Label = Label,
            Options = IsOpen ? [.. Options.UnionBy(values.Select(static value => new DataFormOption(value, value)), static option => option.Value)] : Options,
            IsOpen = IsOpen,
            Range = Range,
        };
    }

    private static RoomField Text(
        string variable, string label, Func<RoomConfiguration, string?> get, Func<RoomConfiguration, string?, RoomConfiguration> set) =>
        new(variable, DataFormFieldType.TextSingle, label, configuration => Values(get(configuration)), (configuration, values) => set(configuration, Line(values)));

    private static RoomField Yes(
        string variable, string label, Func<RoomConfiguration, bool> get, Func<RoomConfiguration, bool, RoomConfiguration> set) =>
        new(variable, DataFormFieldType.Boolean, label, configuration => [get(configuration) ? "1" : "0"], (configuration, values) => set(configuration, values is ["1"]));

    private static RoomField Number(
        string variable, string label, Func<RoomConfiguration, int> get, Func<RoomConfiguration, int, RoomConfiguration> set) =>
        new(variable,
            DataFormFieldType.TextSingle,
            label,
            configuration => [get(configuration).ToString(CultureInfo.InvariantCulture)],
            (configuration, values) => set(configuration, ParseNumber(variable, values)));

    private static int ParseNumber(string variable, IReadOnlyList<string> values) =>
        values is [var text, ..] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"The field '{variable}' takes a number.");

    private static RoomField List(
        string variable, string label, DataFormOption[] options, Func<RoomConfiguration, string> get, Func<RoomConfiguration, string, RoomConfiguration> set) =>
        new(variable, DataFormFieldType.ListSingle, label, configuration => [get(configuration)],
            (configuration, values) => values is [var value, ..] ? set(configuration, value) : configuration)
        {
            Options = options,
        };

    private static RoomField Roles(
        string variable, string label, Func<RoomConfiguration, IReadOnlyList<MucRole>> get, Func<RoomConfiguration, IReadOnlyList<MucRole>, RoomConfiguration> set) =>
        new(variable, DataFormFieldType.ListMulti, label, configuration => [.. get(configuration).Select(MucNames.Of)],
            (configuration, values) => set(configuration, [.. values.Select(MucNames.ParseRole).Distinct()]))
        {
            Options =
            [
                new(MucNames.Of(MucRole.Moderator), "Moderators"),
                new(MucNames.Of(MucRole.Participant), "Participants"),
                new(MucNames.Of(MucRole.Visitor), "Visitors"),
            ],
        };

    private static IReadOnlyList<string> Values(string? text) => string.IsNullOrEmpty(text) ? [] : [text];

    private static string? Line(IReadOnlyList<string> values) =>
        values is not [{ Length: > 0 } text, ..] ? null
        : text.Length <= MaxText ? text
        : throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"Texts have {MaxText} characters at most.");
}
