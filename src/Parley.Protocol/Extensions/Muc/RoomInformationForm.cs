namespace Parley.Protocol.Extensions.Muc;

/// <summary>The fields by which a room tells of itself in service discovery (XEP-0045 1.35 §6.4, §15.5.4, muc#roominfo), and those that other specifications add.</summary>
/// <remarks>Any field of <see cref="RoomConfigurationForm"/> may stand beside them.</remarks>
public static class RoomInformationForm
{
    public const string FormType = "http://jabber.org/protocol/muc#roominfo";

    /// <summary>Addresses of people who answer for the room; any number.</summary>
    public const string Contacts = "muc#roominfo_contactjid";

    public const string Description = "muc#roominfo_description";

    public const string Language = "muc#roominfo_lang";

    public const string LdapGroup = "muc#roominfo_ldapgroup";

    /// <summary>Where the messages can be read, as a URL.</summary>
    public const string Logs = "muc#roominfo_logs";

    /// <summary>How many occupants there are now.</summary>
    public const string Occupants = "muc#roominfo_occupants";

    public const string Subject = "muc#roominfo_subject";

    /// <summary>Whether participants may change the subject.</summary>
    public const string SubjectModifiable = "muc#roominfo_subjectmod";

    /// <summary>The same by a name that is not registered: an older example of the XEP had it, and Conversations (2.12.8) and Converse.js know no other.</summary>
    public const string ChangeSubject = "muc#roominfo_changesubject";

    /// <summary>The hash of the room's avatars (XEP-0486 0.1).</summary>
    public const string AvatarHash = "muc#roominfo_avatarhash";

    /// <summary>How many seconds lie between two messages of one user; 0 for no such limit (XEP-0500 0.1).</summary>
    public const string SlowModeDuration = "muc#roominfo_slow_mode_duration";

    /// <summary>A field of the result, with its type and label as the specification has them.</summary>
    /// <param name="variable">One of the names above, or of <see cref="RoomConfigurationForm"/>.</param>
    /// <param name="values">The values.</param>
    /// <exception cref="ArgumentException">There is no such field.</exception>
    public static DataFormField Field(string variable, params IReadOnlyList<string> values)
    {
        return variable switch
        {
            Contacts => Of(DataFormFieldType.JidMulti, "Contact Addresses"),
            Description => Of(DataFormFieldType.TextSingle, "Description"),
            Language => Of(DataFormFieldType.TextSingle, "Language of discussion"),
            LdapGroup => Of(DataFormFieldType.TextSingle, "Associated LDAP Group"),
            Logs => Of(DataFormFieldType.TextSingle, "URL for discussion logs"),
            Occupants => Of(DataFormFieldType.TextSingle, "Number of occupants"),
            Subject => Of(DataFormFieldType.TextSingle, "Current Discussion Topic"),
            SubjectModifiable or ChangeSubject => Of(DataFormFieldType.Boolean, "The room subject can be modified by participants"),
            AvatarHash => Of(DataFormFieldType.TextMulti, "Avatar hash"),
            SlowModeDuration => Of(DataFormFieldType.TextSingle, "Slow Mode"),
            _ => Like(RoomConfigurationForm.Field(variable)),
        };

        DataFormField Like(DataFormField field) => Of(field.Type, field.Label);

        DataFormField Of(DataFormFieldType? type, string? label) => new(variable, type, values) { Label = label };
    }
}
