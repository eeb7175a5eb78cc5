using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>A visitor asks for voice, and a moderator is asked and answers (XEP-0045 1.35 §7.13, §8.6, §15.5.2).</summary>
/// <param name="User">Who asks: a full JID, as the room tells moderators and they repeat; null in his own request.</param>
/// <param name="Nickname">His nickname, likewise.</param>
/// <param name="IsAllowed">What the moderator decides; null in a visitor's own request.</param>
public sealed record VoiceRequest(Jid? User = null, string? Nickname = null, bool? IsAllowed = null)
{
    public const string FormType = "http://jabber.org/protocol/muc#request";

    private const string RoleField = "muc#role";
    private const string UserField = "muc#jid";
    private const string NicknameField = "muc#roomnick";
    private const string AllowField = "muc#request_allow";
    private const string Participant = "participant";

    /// <summary>Reads a submission.</summary>
    /// <returns>Null when it is a form for something else, or was cancelled.</returns>
    /// <exception cref="StanzaException">bad-request: another role than that of participants is asked for; jid-malformed: the address is none; not-acceptable: the decision is none.</exception>
    public static VoiceRequest? Of(DataForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        if (form.Type != DataFormType.Submit || form.FormType != FormType)
        {
            return null;
        }

        var allow = form.Boolean(AllowField);
        if (form.Text(RoleField) is var role && role != Participant && (role is not null || allow is null))
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, $"Voice is the role '{Participant}'.");
        }

        Jid? user = null;
        if (form.Text(UserField) is { } text && !Jid.TryParse(text, out user))
        {
            throw new StanzaException(StanzaErrorCondition.JidMalformed, $"The field '{UserField}' takes an address.");
        }

        return new VoiceRequest(user, form.Text(NicknameField), allow);
    }

    /// <summary>The submission: a visitor's request, or a moderator's decision.</summary>
    public DataForm ToSubmission()
    {
        var fields = new List<DataFormField> { new(RoleField, null, Participant) };
        if (User is not null)
        {
            fields.Add(new(UserField, null, User.ToString()));
        }

        if (Nickname is not null)
        {
            fields.Add(new(NicknameField, null, Nickname));
        }

        if (IsAllowed is { } allowed)
        {
            fields.Add(new(AllowField, null, allowed ? "true" : "false"));
        }

        return DataForm.Of(DataFormType.Submit, FormType, fields);
    }

    /// <summary>The form that moderators get, with no for the answer that is given beforehand.</summary>
    public DataForm ToApprovalForm() => new(
        DataFormType.Form,
        new(DataForm.FormTypeVariable, DataFormFieldType.Hidden, FormType),
        new(RoleField, DataFormFieldType.ListSingle, Participant) { Label = "Requested role", Options = [new(Participant)] },
        new(UserField, DataFormFieldType.JidSingle, Values(User?.ToString())) { Label = "User ID" },
        new(NicknameField, DataFormFieldType.TextSingle, Values(Nickname)) { Label = "Room Nickname" },
        new(AllowField, DataFormFieldType.Boolean, "false") { Label = "Grant voice to this person?" })
    {
        Title = "Voice request",
        Instructions = ["To grant voice, say yes to \"Grant voice to this person?\" and send the form. To leave it as it is, cancel."],
    };

    private static IReadOnlyList<string> Values(string? value) => value is null ? [] : [value];
}
