namespace Parley.Protocol.Extensions.Muc;

/// <summary>The fields of a room's configuration (XEP-0045 1.35 §15.5.3, muc#roomconfig), and those that other specifications add.</summary>
public static class RoomConfigurationForm
{
    public const string FormType = "http://jabber.org/protocol/muc#roomconfig";

    /// <summary>The most messages of history that who enters gets.</summary>
    public const string MaxHistoryFetch = "muc#maxhistoryfetch";

    /// <summary>Who may send private messages: <c>anyone</c>, <c>participants</c>, <c>moderators</c> or <c>none</c>.</summary>
    public const string AllowPrivateMessages = "muc#roomconfig_allowpm";

    /// <summary>Whether members may invite into a members-only room.</summary>
    public const string AllowInvites = "muc#roomconfig_allowinvites";

    /// <summary>Whether occupants may change the subject.</summary>
    public const string ChangeSubject = "muc#roomconfig_changesubject";

    /// <summary>Whether messages are archived.</summary>
    public const string EnableLogging = "muc#roomconfig_enablelogging";

    /// <summary>Whose roles may retrieve lists of members: <c>moderator</c>, <c>participant</c>, <c>visitor</c>.</summary>
    public const string GetMemberList = "muc#roomconfig_getmemberlist";

    /// <summary>The language that is spoken, as in xml:lang.</summary>
    public const string Language = "muc#roomconfig_lang";

    /// <summary>The URI of a publish-subscribe node that belongs to the room.</summary>
    public const string PubSub = "muc#roomconfig_pubsub";

    /// <summary>The most occupants, or <c>none</c> for no limit of the room's own; numbers beside the options are taken.</summary>
    public const string MaxUsers = "muc#roomconfig_maxusers";

    public const string MembersOnly = "muc#roomconfig_membersonly";

    public const string Moderated = "muc#roomconfig_moderatedroom";

    public const string PasswordProtected = "muc#roomconfig_passwordprotectedroom";

    public const string Persistent = "muc#roomconfig_persistentroom";

    /// <summary>Whose roles presence is broadcast: <c>moderator</c>, <c>participant</c>, <c>visitor</c>.</summary>
    public const string PresenceBroadcast = "muc#roomconfig_presencebroadcast";

    /// <summary>Whether lists show the room.</summary>
    public const string Public = "muc#roomconfig_publicroom";

    /// <summary>The full list of admins.</summary>
    public const string Admins = "muc#roomconfig_roomadmins";

    public const string Description = "muc#roomconfig_roomdesc";

    public const string Name = "muc#roomconfig_roomname";

    /// <summary>The full list of owners.</summary>
    public const string Owners = "muc#roomconfig_roomowners";

    /// <summary>The password.</summary>
    public const string Secret = "muc#roomconfig_roomsecret";

    /// <summary>Who sees real addresses: <c>moderators</c> (semi-anonymous) or <c>anyone</c> (non-anonymous).</summary>
    public const string WhoIs = "muc#roomconfig_whois";

    /// <summary>How many seconds lie between two messages of one user; 0 for no such limit (XEP-0500 0.1).</summary>
    public const string SlowModeDuration = "muc#roomconfig_slow_mode_duration";

    private static readonly IReadOnlyList<DataFormOption> Roles = [new("moderator", "Moderator"), new("participant", "Participant"), new("visitor", "Visitor")];

    /// <summary>A field of the form, with its type, label and options as the specification has them.</summary>
    /// <param name="variable">One of the names above.</param>
    /// <param name="values">The present values.</param>
    /// <exception cref="ArgumentException">There is no such field.</exception>
    public static DataFormField Field(string variable, params IReadOnlyList<string> values)
    {
        return variable switch
        {
            MaxHistoryFetch => Of(DataFormFieldType.TextSingle, "Maximum Number of History Messages Returned by Room"),
            AllowPrivateMessages => Of(
                DataFormFieldType.ListSingle,
                "Who Can Send Private Messages?",
                new("anyone", "Anyone"),
                new("participants", "Anyone with Voice"),
                new("moderators", "Moderators Only"),
                new("none", "Nobody")),
            AllowInvites => Of(DataFormFieldType.Boolean, "Allow Members to Invite Others?"),
            ChangeSubject => Of(DataFormFieldType.Boolean, "Allow Occupants to Change Subject?"),
            EnableLogging => Of(DataFormFieldType.Boolean, "Enable Public Logging?"),
            GetMemberList => Of(DataFormFieldType.ListMulti, "Roles and Affiliations that May Retrieve Member List", Roles),
            Language => Of(DataFormFieldType.TextSingle, "Natural Language for Room Discussions"),
            PubSub => Of(DataFormFieldType.TextSingle, "XMPP URI of Associated Publish-Subscribe Node"),
            MaxUsers => new DataFormField(variable, DataFormFieldType.ListSingle, values)
            {
                Label = "Maximum Number of Occupants",
                Options = [new("10", "10"), new("20", "20"), new("30", "30"), new("50", "50"), new("100", "100"), new("none", "None")],
                IsOpen = true,
            },
            MembersOnly => Of(DataFormFieldType.Boolean, "Make Room Members-Only?"),
            Moderated => Of(DataFormFieldType.Boolean, "Make Room Moderated?"),
            PasswordProtected => Of(DataFormFieldType.Boolean, "Password Required to Enter?"),
            Persistent => Of(DataFormFieldType.Boolean, "Make Room Persistent?"),
            PresenceBroadcast => Of(DataFormFieldType.ListMulti, "Roles for which Presence is Broadcasted", Roles),
            Public => Of(DataFormFieldType.Boolean, "Make Room Publicly Searchable?"),
            Admins => Of(DataFormFieldType.JidMulti, "Room Admins"),
            Description => Of(DataFormFieldType.TextSingle, "Short Description of Room"),
            Name => Of(DataFormFieldType.TextSingle, "Natural-Language Room Name"),
            Owners => Of(DataFormFieldType.JidMulti, "Room Owners"),
            Secret => Of(DataFormFieldType.TextPrivate, "Password"),
            WhoIs => Of(DataFormFieldType.ListSingle, "Who May Discover Real JIDs?", new("moderators", "Moderators Only"), new("anyone", "Anyone")),
            SlowModeDuration => new DataFormField(variable, DataFormFieldType.TextSingle, values)
            {
                Label = "Slow Mode",
                Description = "0 for none; otherwise the seconds between two messages of a user.",
                Range = new DataFormRange(Minimum: 0),
            },
            _ => throw new ArgumentException($"There is no field '{variable}'.", nameof(variable)),
        };

        DataFormField Of(DataFormFieldType type, string label, params IReadOnlyList<DataFormOption> options) =>
            new(variable, type, values) { Label = label, Options = options };
    }
}
