using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions.Muc;

public class MucOwnerTests
{
    private const string Open = "<query xmlns='http://jabber.org/protocol/muc#owner'>";

    [Theory]
    [InlineData("<destroy jid='coven@chat.shakespeare.lit'><reason>Macbeth doth come.</reason></destroy>", "coven@chat.shakespeare.lit", "Macbeth doth come.", null)]
    [InlineData("<destroy jid='coven@chat.shakespeare.lit'><password>cauldronburn</password></destroy>", "coven@chat.shakespeare.lit", null, "cauldronburn")]
    [InlineData("<destroy/>", null, null, null)]
    public void Destructions_are_read_and_written(string content, string? venue, string? reason, string? password)
    {
        var owner = MucOwner.Parse(Payload.Read($"{Open}{content}</query>"));

        Assert.Equal(new MucOwner(null, new MucDestruction(venue is null ? null : Jid.Parse(venue), reason, password)), owner);
        Assert.Equal($"{Open}{content}</query>", Payload.Write(owner.WriteTo));
        Assert.Equal(owner.Destruction, MucDestruction.Parse(Payload.Read(content.Replace("<destroy", "<destroy xmlns='http://jabber.org/protocol/muc#user'", StringComparison.Ordinal))));
    }

    [Fact]
    public void Forms_are_read_and_written()
    {
        const string submit = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
            + "<field var='muc#roomconfig_roomname'><value>A Dark Cave</value></field></x>";
        foreach (var content in new[] { submit, "<x xmlns='jabber:x:data' type='submit'/>", "<x xmlns='jabber:x:data' type='cancel'/>" })
        {
            var owner = MucOwner.Parse(Payload.Read($"{Open}{content}</query>"));
            Assert.Null(owner.Destruction);
            Assert.Equal(content == submit ? "A Dark Cave" : null, owner.Form!.Text(RoomConfigurationForm.Name));
            Assert.Equal($"{Open}{content}</query>", Payload.Write(owner.WriteTo));
        }

        Assert.Equal(new MucOwner(), MucOwner.Parse(Payload.Read($"{Open}</query>")));
        Assert.Equal("<query xmlns='http://jabber.org/protocol/muc#owner'/>", Payload.Write(new MucOwner().WriteTo));
    }

    [Theory]
    [InlineData("<destroy jid='@'/>", StanzaErrorCondition.JidMalformed)]
    [InlineData("<destroy/><x xmlns='jabber:x:data' type='submit'/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<x xmlns='jabber:x:data'/>", StanzaErrorCondition.BadRequest)]
    public void What_is_no_request_of_an_owner_is_refused(string content, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => MucOwner.Parse(Payload.Read($"{Open}{content}</query>")));

    // XEP-0045 §15.5.3, and XEP-0500 §4.1.
    [Theory]
    [InlineData("muc#maxhistoryfetch", DataFormFieldType.TextSingle)]
    [InlineData("muc#roomconfig_allowpm", DataFormFieldType.ListSingle)]
    [InlineData("muc#roomconfig_allowinvites", DataFormFieldType.Boolean)]
    [InlineData("muc#roomconfig_changesubject", DataFormFieldType.Boolean)]
    [InlineData("muc#roomconfig_enablelogging", DataFormFieldType.Boolean)]
    [InlineData("muc#roomconfig_getmemberlist", DataFormFieldType.ListMulti)]
    [InlineData("muc#roomconfig_lang", DataFormFieldType.TextSingle)]
    [InlineData("muc#roomconfig_pubsub", DataFormFieldType.TextSingle)]
    [InlineData("muc#roomconfig_maxusers", DataFormFieldType.ListSingle)]
    [InlineData("muc#roomconfig_membersonly", DataFormFieldType.Boolean)]
    [InlineData("muc#roomconfig_moderatedroom", DataFormFieldType.Boolean)]
    [InlineData("muc#roomconfig_passwordprotectedroom", DataFormFieldType.Boolean)]
    [InlineData("muc#roomconfig_persistentroom", DataFormFieldType.Boolean)]
    [InlineData("muc#roomconfig_presencebroadcast", DataFormFieldType.ListMulti)]
    [InlineData("muc#roomconfig_publicroom", DataFormFieldType.Boolean)]
    [InlineData("muc#roomconfig_roomadmins", DataFormFieldType.JidMulti)]
    [InlineData("muc#roomconfig_roomdesc", DataFormFieldType.TextSingle)]
    [InlineData("muc#roomconfig_roomname", DataFormFieldType.TextSingle)]
    [InlineData("muc#roomconfig_roomowners", DataFormFieldType.JidMulti)]
    [InlineData("muc#roomconfig_roomsecret", DataFormFieldType.TextPrivate)]
    [InlineData("muc#roomconfig_whois", DataFormFieldType.ListSingle)]
    [InlineData("muc#roomconfig_slow_mode_duration", DataFormFieldType.TextSingle)]
    public void The_fields_of_a_configuration_have_their_types(string variable, DataFormFieldType type)
    {
        var field = RoomConfigurationForm.Field(variable, "1");

        Assert.Equal((variable, type, "1"), (field.Variable, field.Type, field.Value));
        Assert.NotEmpty(field.Label!);
        Assert.Equal(type is DataFormFieldType.ListMulti or DataFormFieldType.ListSingle, field.Options.Count > 0);
        Assert.Equal((type, field.Label), (RoomInformationForm.Field(variable).Type, RoomInformationForm.Field(variable).Label));
    }

    [Fact]
    public void A_list_is_written_as_in_the_specification() => Assert.Equal(
        "<x xmlns='jabber:x:data' type='form'><field var='muc#roomconfig_whois' type='list-single' label='Who May Discover Real JIDs?'><value>anyone</value>"
        + "<option label='Moderators Only'><value>moderators</value></option><option label='Anyone'><value>anyone</value></option></field></x>",
        Payload.Write(new DataForm(DataFormType.Form, RoomConfigurationForm.Field(RoomConfigurationForm.WhoIs, "anyone")).WriteTo));

    [Theory]
    [InlineData("muc#roominfo_contactjid", DataFormFieldType.JidMulti)]
    [InlineData("muc#roominfo_description", DataFormFieldType.TextSingle)]
    [InlineData("muc#roominfo_lang", DataFormFieldType.TextSingle)]
    [InlineData("muc#roominfo_ldapgroup", DataFormFieldType.TextSingle)]
    [InlineData("muc#roominfo_logs", DataFormFieldType.TextSingle)]
    [InlineData("muc#roominfo_occupants", DataFormFieldType.TextSingle)]
    [InlineData("muc#roominfo_subject", DataFormFieldType.TextSingle)]
    [InlineData("muc#roominfo_subjectmod", DataFormFieldType.Boolean)]
    [InlineData("muc#roominfo_avatarhash", DataFormFieldType.TextMulti)]
    [InlineData("muc#roominfo_slow_mode_duration", DataFormFieldType.TextSingle)]
    public void The_fields_of_information_have_their_types(string variable, DataFormFieldType type)
    {
        var field = RoomInformationForm.Field(variable, "1", "2");

        Assert.Equal((variable, type), (field.Variable, field.Type));
        Assert.Equal(["1", "2"], field.Values);
    }

    [Fact]
    public void There_are_no_other_fields()
    {
        Assert.Throws<ArgumentException>(() => RoomConfigurationForm.Field("muc#roomconfig_frob"));
        Assert.Throws<ArgumentException>(() => RoomInformationForm.Field("muc#roominfo_frob"));
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("86400", true)]
    [InlineData("-1", false)]
    [InlineData("1.5", false)]
    [InlineData("soon", false)]
    [InlineData("99999999999999999999", false)]
    public void Slow_mode_takes_whole_numbers_from_0(string value, bool isTaken)
    {
        var form = new DataForm(DataFormType.Form, RoomConfigurationForm.Field(RoomConfigurationForm.SlowModeDuration, "20"));
        var written = Payload.Write(form.WriteTo);
        Assert.Contains("<validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:integer'><range min='0'/></validate>", written, StringComparison.Ordinal);
        var read = DataForm.Parse(Payload.Read(written));
        Assert.Equal(new DataFormRange(Minimum: 0), read.Fields[0].Range);

        var submitted = new DataForm(DataFormType.Submit, new DataFormField(RoomConfigurationForm.SlowModeDuration, null, value));
        if (isTaken)
        {
            Assert.Equal(value, read.Accept(submitted).Text(RoomConfigurationForm.SlowModeDuration));
        }
        else
        {
            Payload.Refused(StanzaErrorCondition.NotAcceptable, () => read.Accept(submitted));
        }
    }

    [Theory]
    [InlineData("<range min='3' max='5'/>", 3L, 5L)]
    [InlineData("<range max='-5'/>", null, -5L)]
    [InlineData("<range min='x'/>", null, null)]
    public void Ranges_are_read(string range, long? minimum, long? maximum) => Assert.Equal(
        new DataFormRange(minimum, maximum),
        DataForm.Parse(Payload.Read(
            $"<x xmlns='jabber:x:data' type='form'><field var='a'><validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:integer'>{range}</validate></field></x>")).Fields[0].Range);

    [Theory]
    [InlineData("datatype='xs:date'><range min='1'/>")]
    [InlineData("datatype='xs:integer'><basic/>")]
    [InlineData("><range min='1'/>")]
    public void Ranges_of_something_else_are_none(string validate) => Assert.Null(
        DataForm.Parse(Payload.Read(
            $"<x xmlns='jabber:x:data' type='form'><field var='a'><validate xmlns='http://jabber.org/protocol/xdata-validate' {validate}</validate></field></x>")).Fields[0].Range);
}
