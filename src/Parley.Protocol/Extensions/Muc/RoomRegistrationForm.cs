using Parley.Protocol.Addressing;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>The form by which users register with a room, and admins approve it (XEP-0045 1.35 §7.10, §9.9, §15.5.1, muc#register).</summary>
public static class RoomRegistrationForm
{
    public const string FormType = "http://jabber.org/protocol/muc#register";

    /// <summary>What an admin decides.</summary>
    public const string Allow = "muc#register_allow";

    public const string Email = "muc#register_email";

    /// <summary>What the user says of himself, line by line.</summary>
    public const string FaqEntry = "muc#register_faqentry";

    public const string FirstName = "muc#register_first";

    public const string LastName = "muc#register_last";

    /// <summary>The nickname that is to be reserved.</summary>
    public const string Nickname = "muc#register_roomnick";

    /// <summary>Who asks, which an admin's answer repeats; a name of our own, for the specification's form says it nowhere.</summary>
    public const string User = "x-muc#register_jid";

    public const string Url = "muc#register_url";

    // In the order of the specification's examples.
    private static readonly string[] OfUser = [FirstName, LastName, Nickname, Url, Email, FaqEntry];

    /// <summary>The form for a user: the nickname is required, the rest is his to say.</summary>
    /// <param name="nickname">The nickname that he has, or null.</param>
    public static DataForm Form(string? nickname = null) => new(
        DataFormType.Form,
        [Type, .. OfUser.Select(variable => Field(variable, isRequired: variable == Nickname, variable == Nickname && nickname is not null ? [nickname] : []))])
    {
        Title = "Registration",
        Instructions = ["Say which nickname is to be yours in this room."],
    };

    /// <summary>The form for admins, with what the user submitted, and no for the answer that is given beforehand.</summary>
    /// <param name="submitted">What <see cref="DataForm.Accept"/> made of his submission.</param>
    /// <param name="user">Who he is: a bare JID.</param>
    public static DataForm ApprovalForm(DataForm submitted, Jid user)
    {
        ArgumentNullException.ThrowIfNull(submitted);
        ArgumentNullException.ThrowIfNull(user);
        return new DataForm(
            DataFormType.Form,
            [
                Type,
                new DataFormField(User, DataFormFieldType.JidSingle, [user.ToString()]) { Label = "User ID" },
                .. OfUser.Where(variable => submitted[variable] is { Values.Count: > 0 }).Select(variable => Field(variable, false, submitted[variable]!.Values)),
                Field(Allow, false, ["0"]),
            ])
        {
            Title = "Registration request",
            Instructions = ["To register this person, say yes to \"Allow this person to register with the room?\" and send the form. To leave it as it is, cancel."],
        };
    }

    private static DataFormField Type => new(DataForm.FormTypeVariable, DataFormFieldType.Hidden, FormType);

    private static DataFormField Field(string variable, bool isRequired, IReadOnlyList<string> values) => new(
        variable,
        variable switch
        {
            Allow => DataFormFieldType.Boolean,
            FaqEntry => DataFormFieldType.TextMulti,
            _ => DataFormFieldType.TextSingle,
        },
        values)
    {
        IsRequired = isRequired,
        Label = variable switch
        {
            Allow => "Allow this person to register with the room?",
            Email => "Email Address",
            FaqEntry => "FAQ Entry",
            FirstName => "Given Name",
            LastName => "Family Name",
            Nickname => "Desired Nickname",
            _ => "A Web Page",
        },
    };
}
