using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions.Muc;

public class VoiceRequestTests
{
    private const string Open = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#request</value></field>";
    private const string Role = "<field var='muc#role'><value>participant</value></field>";
    private static readonly Jid Hag = Jid.Parse("hag66@shakespeare.lit/pda");

    [Theory]
    [InlineData(Role, null, null, null)]
    [InlineData(
        Role + "<field var='muc#jid'><value>hag66@shakespeare.lit/pda</value></field><field var='muc#roomnick'><value>thirdwitch</value></field>"
        + "<field var='muc#request_allow'><value>true</value></field>",
        "hag66@shakespeare.lit/pda",
        "thirdwitch",
        true)]
    [InlineData(Role + "<field var='muc#roomnick'><value>thirdwitch</value></field><field var='muc#request_allow'><value>false</value></field>", null, "thirdwitch", false)]
    public void Submissions_of_the_specification_are_read_and_written(string fields, string? user, string? nickname, bool? isAllowed)
    {
        var request = VoiceRequest.Of(DataForm.Parse(Payload.Read($"{Open}{fields}</x>")))!;

        Assert.Equal(new VoiceRequest(user is null ? null : Jid.Parse(user), nickname, isAllowed), request);
        Assert.Equal($"{Open.Replace(" type='hidden'", "", StringComparison.Ordinal)}{fields}</x>", Payload.Write(request.ToSubmission().WriteTo).Replace(" type='hidden'", "", StringComparison.Ordinal));
    }

    [Fact]
    public void A_decision_needs_no_role() =>
        Assert.Equal(new VoiceRequest(null, "a", true), VoiceRequest.Of(Form("<field var='muc#roomnick'><value>a</value></field><field var='muc#request_allow'><value>1</value></field>")));

    [Fact]
    public void The_form_for_moderators_has_what_is_to_be_decided()
    {
        var form = DataForm.Parse(Payload.Read(Payload.Write(new VoiceRequest(Hag, "thirdwitch").ToApprovalForm().WriteTo)));

        Assert.Equal(VoiceRequest.FormType, form.FormType);
        Assert.Equal(
            [("muc#role", DataFormFieldType.ListSingle, "participant"), ("muc#jid", DataFormFieldType.JidSingle, Hag.ToString()), ("muc#roomnick", DataFormFieldType.TextSingle, "thirdwitch"), ("muc#request_allow", DataFormFieldType.Boolean, "false")],
            form.Fields.Skip(1).Select(static field => (field.Variable!, field.Type!.Value, field.Value!)));
        var accepted = form.Accept(new VoiceRequest(Hag, "thirdwitch", true).ToSubmission());
        Assert.True(accepted.Boolean("muc#request_allow"));
    }

    [Theory]
    [InlineData("<x xmlns='jabber:x:data' type='cancel'/>")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'/>")]
    [InlineData("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:x</value></field></x>")]
    public void Another_form_is_none(string form) => Assert.Null(VoiceRequest.Of(DataForm.Parse(Payload.Read(form))));

    [Theory]
    [InlineData("", StanzaErrorCondition.BadRequest)]
    [InlineData("<field var='muc#role'><value>moderator</value></field>", StanzaErrorCondition.BadRequest)]
    [InlineData("<field var='muc#role'><value>moderator</value></field><field var='muc#request_allow'><value>1</value></field>", StanzaErrorCondition.BadRequest)]
    [InlineData(Role + "<field var='muc#jid'><value>@</value></field>", StanzaErrorCondition.JidMalformed)]
    [InlineData(Role + "<field var='muc#request_allow'><value>maybe</value></field>", StanzaErrorCondition.NotAcceptable)]
    public void What_is_no_request_for_voice_is_refused(string fields, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => VoiceRequest.Of(Form(fields)));

    [Fact]
    public void A_registration_takes_a_nickname_and_admins_see_what_was_said()
    {
        var form = DataForm.Parse(Payload.Read(Payload.Write(RoomRegistrationForm.Form("old").WriteTo)));
        Assert.Equal(RoomRegistrationForm.FormType, form.FormType);
        Assert.Equal(
            ["muc#register_first", "muc#register_last", "muc#register_roomnick", "muc#register_url", "muc#register_email", "muc#register_faqentry"],
            form.Fields.Skip(1).Select(static field => field.Variable));
        Assert.Equal("old", form.Text(RoomRegistrationForm.Nickname));
        Payload.Refused(StanzaErrorCondition.NotAcceptable, () => form.Accept(new DataForm(DataFormType.Submit)));

        var submitted = form.Accept(DataForm.Of(
            DataFormType.Submit,
            RoomRegistrationForm.FormType,
            new DataFormField("muc#register_roomnick", null, "thirdwitch"),
            new DataFormField("muc#register_first", null, "Brunhilde"),
            new DataFormField("muc#register_faqentry", null, "Just another", "witch."),
            new DataFormField("muc#register_url", null, ""),
            new DataFormField("muc#register_allow", null, "1")));
        var approval = DataForm.Parse(Payload.Read(Payload.Write(RoomRegistrationForm.ApprovalForm(submitted, Hag.Bare).WriteTo)));
        Assert.Equal(
            ["x-muc#register_jid hag66@shakespeare.lit", "muc#register_first Brunhilde", "muc#register_roomnick thirdwitch", "muc#register_faqentry Just another/witch.", "muc#register_allow 0"],
            approval.Fields.Skip(1).Select(static field => $"{field.Variable} {string.Join('/', field.Values)}"));
        Assert.Equal(DataFormFieldType.Boolean, approval[RoomRegistrationForm.Allow]!.Type);
        Assert.Equal(DataFormFieldType.TextMulti, approval[RoomRegistrationForm.FaqEntry]!.Type);
    }

    private static DataForm Form(string fields) => DataForm.Parse(Payload.Read($"{Open}{fields}</x>"));
}
